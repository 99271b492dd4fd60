package configure

import (
	"errors"
	"fmt"
	"strings"

	"github.com/beevik/etree"

	"quorate/grammar"
)

// Edit hands the text of the chosen objects to an editor and stages what comes back: "[xml] [SPEC…]".
// A block that is gone deletes its object, a new one creates, a changed one replaces; ids inside are kept.
// change is the editor; an error of the text is returned, so that the caller may ask to edit again.
func (b *Buffer) Edit(args []string, change func(text string) (string, error)) error {
	xml := len(args) > 0 && args[0] == "xml"
	if xml {
		args = args[1:]
	}
	text, err := b.EditText(args, xml, false)
	if err != nil {
		return err
	}
	edited, err := change(text)
	if err != nil || strings.TrimSpace(edited) == strings.TrimSpace(text) {
		return err
	}
	return b.ApplyEdit(edited, args, xml)
}

// EditText is what an editor gets: the objects as text, or as XML. oneLine writes each on one line, as filters want it.
func (b *Buffer) EditText(specs []string, xml, oneLine bool) (string, error) {
	sel, err := b.choose(specs)
	if err != nil {
		return "", err
	}
	if xml {
		return b.skeleton(sel.objects, nil), nil
	}
	env := b.renderEnv(nil)
	env.Obscure, env.OneLine = nil, oneLine
	if text := b.text(sel.objects, env); text != "" {
		return text + "\n", nil
	}
	return "", nil
}

// ApplyEdit stages an edited text in place of the objects that specs choose.
func (b *Buffer) ApplyEdit(text string, specs []string, xml bool) error {
	if xml {
		return b.loadText("update", text, true, "edit")
	}
	return b.applyEdit(text, specs)
}

func (b *Buffer) applyEdit(text string, specs []string) error {
	sts, errs := grammar.Parse("edit", text)
	if len(errs) > 0 {
		return b.reportAll(errs)
	}
	return b.command(append([]string{"edit", text}, specs...), func() error {
		sel, err := b.choose(specs)
		if err != nil {
			return err
		}
		allowed := map[string]bool{}
		for _, e := range sel.objects {
			allowed[idOf(e)] = true
		}
		same := b.unchanged(sel.objects)
		given, err := b.givenBy(sts)
		if err != nil {
			return err
		}
		var todo []grammar.Statement
		for _, st := range sts {
			id := statementID(st)
			k := key(st.Kind(), id)
			if same[k] == wordsOf(st) && same[k] != "" && len(st.Comments()) == 0 {
				continue
			}
			if e := b.object(id); e != nil && allowed[id] && isPropertyKind(st.Keyword()) {
				n, err := b.element(st, e)
				if err != nil {
					return err
				}
				b.replace(e, n)
				continue
			}
			todo = append(todo, st)
		}
		b.deleteOthers(sel.objects, given)
		if _, err = b.applyStatements(todo, allowed); err != nil {
			return err
		}
		return b.keepConstraints(sts)
	})
}

// wordsOf is the text of a statement with one blank between words.
func wordsOf(st grammar.Statement) string { return strings.Join(strings.Fields(st.Text()), " ") }

// unchanged maps each object to the words of its text, to tell which the editor left alone.
func (b *Buffer) unchanged(es []*etree.Element) map[string]string {
	env := b.renderEnv(nil)
	env.Obscure, env.OneLine = nil, true
	out := map[string]string{}
	for _, e := range es {
		if words, err := grammar.Split(grammar.Render(e, env)); err == nil {
			texts := make([]string, len(words))
			for i, w := range words {
				texts[i] = w.Text
			}
			out[key(typeOf(e), idOf(e))] = strings.Join(strings.Fields(strings.Join(texts, " ")), " ")
		}
	}
	return out
}

// Filter pipes the chosen objects, one a line, through a shell program and stages what it prints: "PROG [xml] [SPEC…]".
func (b *Buffer) Filter(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("configure.filter: Expected at least 1 argument (0 given)")
	}
	if b.opt.Pipe == nil {
		return errors.New("configure.filter: programs cannot be run here")
	}
	prog, args := args[0], args[1:]
	xml := len(args) > 0 && args[0] == "xml"
	if xml {
		args = args[1:]
	}
	text, err := b.EditText(args, xml, !xml)
	if err != nil {
		return err
	}
	out, err := b.opt.Pipe(prog, text)
	if err != nil {
		return ErrReported // as the reference: the program has said it itself
	}
	return b.ApplyEdit(out, args, xml)
}
