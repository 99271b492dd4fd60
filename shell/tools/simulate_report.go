package tools

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"

	"quorate/engine/cib"
	"quorate/engine/exit"
	"quorate/engine/scheduler"
	"quorate/engine/scheduler/simulate"
)

// reporter prints the sections of crm_simulate. Plain text (with scores) has no titles, bullets and
// indentation; quiet output has only what is guarded by nothing, which is scores and empty lines.
type reporter struct {
	w       io.Writer
	plain   bool
	quiet   bool
	printed bool // something came before: the next section begins with an empty line
}

func (r *reporter) spacer() {
	if r.printed {
		fmt.Fprintln(r.w)
	}
}

func (r *reporter) title(text string) {
	if !r.plain && !r.quiet {
		fmt.Fprintln(r.w, text+":")
	}
}

// guarded prints an item of a list also in quiet output.
func (r *reporter) guarded(text string) {
	if r.plain {
		fmt.Fprintln(r.w, text)
	} else {
		fmt.Fprintln(r.w, "  * "+text)
	}
}

func (r *reporter) item(text string) {
	if !r.quiet {
		r.guarded(text)
	}
}

// always is for lines that stand outside of lists.
func (r *reporter) always(text string) {
	if !r.quiet {
		fmt.Fprintln(r.w, text)
	}
}

func (r *reporter) lines(title string, lines []simulate.Line) {
	r.title(title)
	for _, l := range lines {
		if l.Info {
			r.always(l.Text)
		} else {
			r.item(l.Text)
		}
	}
}

// unwrapped is the operating system's own words, without the operation and the path.
func unwrapped(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// profile schedules every CIB file of a folder so many times and tells how long it took.
func profile(k *call, dir string, repeat int) exit.Code {
	files, err := filepath.Glob(filepath.Join(dir, "*.xml"))
	if err != nil || len(files) == 0 {
		k.out.fail("--profile: no .xml files in '%s'", dir)
		return exit.NoInput
	}
	sort.Sort(sort.Reverse(sort.StringSlice(files)))
	k.out.printf("Timings:\n")
	timings := k.out.element("timings")
	for _, f := range files {
		start := k.Now()
		for range repeat {
			if err := scheduleFile(k, f); err != nil {
				k.out.fail("%s: %v", f, err)
				return codeOf(err)
			}
		}
		took := k.Now().Sub(start).Seconds()
		f = dir + "/" + filepath.Base(f) // as it was asked for
		k.out.printf("  * Testing %s ... %.2f secs\n", f, took)
		timings.AddChild(newElement("timing", "file", f, "duration", strconv.FormatFloat(took, 'f', 6, 64)))
	}
	return exit.OK
}

func scheduleFile(k *call, file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	doc, err := cib.Parse(data)
	if err != nil {
		return err
	}
	if err := doc.Upgrade(); err != nil {
		return err
	}
	_, err = scheduler.Run(scheduler.Input{CIB: doc.Root(), Now: k.Now()})
	return err
}
