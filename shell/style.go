package shell

import (
	"strings"

	"github.com/fatih/color"

	"quorate/grammar"
)

// kindColors are the colours of the configuration's text.
var kindColors = map[grammar.Kind][]color.Attribute{
	grammar.KindKeyword:   {color.FgYellow},
	grammar.KindAttrName:  {color.FgCyan},
	grammar.KindAttrValue: {color.FgRed},
	grammar.KindReference: {color.FgGreen},
	grammar.KindScore:     {color.FgMagenta},
	grammar.KindTicket:    {color.FgMagenta},
}

// style returns how the text of objects is coloured; nil for not at all.
func (s *Session) style() func(grammar.Kind, string) string {
	if !s.paint.on && !s.paint.uppercase {
		return nil
	}
	return func(kind grammar.Kind, text string) string {
		if s.paint.uppercase && kind == grammar.KindKeyword {
			text = strings.ToUpper(text)
		}
		if attrs, ok := kindColors[kind]; ok {
			return s.paint.paint(text, attrs...)
		}
		return text
	}
}
