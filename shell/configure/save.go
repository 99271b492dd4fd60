package configure

import (
	"fmt"
	"io"
	"os"

	"github.com/beevik/etree"
)

// Save writes the chosen objects: "[xml] [SPEC…] FILE|-". Unlike show it writes values in full, and every
// id that reading the text would not make again.
func (b *Buffer) Save(args []string) error {
	xml := false
	if len(args) > 0 && args[0] == "xml" {
		xml, args = true, args[1:]
	}
	if len(args) == 0 {
		return fmt.Errorf("configure.save: Expected at least 1 argument (0 given)")
	}
	file := args[len(args)-1]
	sel, err := b.choose(args[:len(args)-1])
	if err != nil {
		return err
	}
	var text string
	if xml {
		text = b.skeleton(sel.objects, nil)
	} else if text = b.exactText(sel.objects, false); text != "" {
		text += "\n"
	}
	if file == "-" {
		if b.opt.Out == nil {
			return fmt.Errorf("configure.save: no output to write to")
		}
		_, err := io.WriteString(b.opt.Out, text)
		return err
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return fmt.Errorf("could not write %s: %w", file, reasonOf(err))
	}
	return nil
}

// exactText is the text of objects from which they can be read again as they are.
func (b *Buffer) exactText(es []*etree.Element, oneLine bool) string {
	env := b.renderEnv(nil)
	env.Obscure, env.Exact, env.OneLine = nil, true, oneLine
	return b.text(es, env)
}
