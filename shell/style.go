package shell

import (
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
	if !s.paint.on {
		return nil
	}
	return func(kind grammar.Kind, text string) string {
		if attrs, ok := kindColors[kind]; ok {
			return s.paint.paint(text, attrs...)
		}
		return text
	}
}
