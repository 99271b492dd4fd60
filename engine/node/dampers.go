package node

import (
	"sync"
	"time"

	"quorate/engine/attribute"
	"quorate/engine/replica"
)

// dampers delays attribute updates that ask for it, and proposes the others at once.
type dampers struct {
	e       *Engine
	mu      sync.Mutex
	machine *attribute.Machine
	timer   *time.Timer
}

func newDampers(e *Engine) *dampers {
	d := &dampers{e: e}
	d.machine = attribute.NewMachine(d.lookup)
	d.timer = time.AfterFunc(time.Hour, func() { d.step(attribute.Now{At: time.Now()}) })
	return d
}

// lookup reads an attribute as the document has it.
func (d *dampers) lookup(u attribute.Update) (value string, ok bool) {
	_ = d.e.ask(d.e.work, func(core *Core) { value, ok = core.State().Attribute(u.Node, u.Name) }) // an ending engine has nothing
	return value, ok
}

// newest is the value that an attribute has, or will have when what waits here is written; nil: none.
func (d *dampers) newest(node, name string, committed *string) *string {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch value, waits := d.machine.Pending(node, name); {
	case !waits:
		return committed
	case value == nil:
		return nil
	default:
		return attribute.Count(committed, *value)
	}
}

// update takes one update and returns what is to be written now; the rest comes later by itself.
func (d *dampers) update(u attribute.Update) error {
	return d.step(attribute.Change{Update: u, At: time.Now()})
}

// step lets the machine decide and carries out its writes; it returns when they are committed.
func (d *dampers) step(ev attribute.Event) error {
	d.mu.Lock()
	effects := d.machine.Step(ev)
	d.mu.Unlock()
	var failed error
	for _, effect := range effects {
		switch f := effect.(type) {
		case attribute.WakeAt:
			d.timer.Reset(time.Until(f.At))
		case attribute.Write:
			if err := d.write(f); err != nil {
				failed = err
			}
		}
	}
	return failed
}

// write commits what the machine wants written, and tells it how that went.
func (d *dampers) write(w attribute.Write) error {
	c := &cluster{d.e, true}
	err := c.submit(d.e.work, replica.Command{Attributes: w.Updates})
	if err == nil {
		return d.step(attribute.Written{ID: w.ID, At: time.Now()})
	}
	_ = d.step(attribute.Refused{ID: w.ID, At: time.Now()}) // asks for nothing but to be woken
	return err
}
