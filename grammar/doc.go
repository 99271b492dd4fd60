// Package grammar takes the statements of the crm configure language to the elements of the CIB and back.
//
// The way in has three steps. The lexer joins continued lines and splits words as a POSIX shell does
// (Lines, Split). A command table names, for every statement, its keyword, its least number of words and
// its grammar: one small participle grammar each, built when it is first used (ParseLine, Parse). The
// tree becomes CIB elements, with ids kept from the element that it replaces, or generated (Elements).
// The way out is Render: the text that `show` prints. It falls back to the xml form where the text would
// not read back as the same element, so nothing is ever dropped.
//
// The package does no I/O and holds no CIB: what it has to know of the rest of the configuration is asked
// through Env and RenderEnv. Staging, object conditions and the commands that are not statements are the
// business of shell/configure.
package grammar
