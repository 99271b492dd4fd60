package backend

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
	"golang.org/x/sys/unix"

	"quorate/engine/api"
	"quorate/engine/attribute"
	"quorate/engine/cib"
	"quorate/engine/exit"
)

// File is an api.Cluster over one CIB file. Changes are written back in place: the whole file is
// replaced in one step, so that a reader sees the old document or the new one. A pipe can be read only.
//
// What needs a running cluster returns api.ErrNoCluster.
type File struct {
	Path string

	piped *cib.Document // the document of a pipe, which can be read only once
}

var _ api.Cluster = (*File)(nil)

// CIB reads the file.
func (f *File) CIB(context.Context) (*cib.Document, error) {
	if f.piped != nil {
		return f.piped.Copy(), nil
	}
	in, err := os.Open(f.Path)
	if err != nil {
		return nil, cib.Errorf(exit.NoSuch, "cannot read the CIB file: %v", err)
	}
	defer in.Close()
	doc, err := f.parse(in)
	if err != nil {
		return nil, err
	}
	if info, err := in.Stat(); err == nil && !info.Mode().IsRegular() {
		f.piped = doc
		return doc.Copy(), nil
	}
	return doc, nil
}

func (f *File) parse(in io.Reader) (*cib.Document, error) {
	data, err := io.ReadAll(in)
	if err != nil {
		return nil, cib.Errorf(exit.IOErr, "cannot read the CIB file: %v", err)
	}
	doc, err := cib.Parse(data)
	if err != nil {
		return nil, cib.Errorf(exit.DataErr, "%s: %v", f.Path, err)
	}
	return doc, nil
}

// Perform changes the file. Another process that changes it at the same time waits.
func (f *File) Perform(_ context.Context, r cib.Request) error {
	r.Written, r.Origin, r.Client, r.User = "", "", "", "" // the field's tools write no such stamps into a file
	return f.change(func(doc *cib.Document) error { return doc.Perform(r) })
}

// UpdateAttribute changes a transient attribute in the status section of the file, at once: nothing is
// dampened there. The node must be known by name.
func (f *File) UpdateAttribute(_ context.Context, u attribute.Update) error {
	return f.change(func(doc *cib.Document) error {
		node, ok := nodeRef(doc, u.Node)
		if !ok {
			return cib.Errorf(exit.NoHost, "node %q is not in %s", u.Node, f.Path)
		}
		value := u.Value
		if value != nil {
			var old *string
			if now, set := doc.Transient(node.Name, u.Name); set {
				old = &now
			}
			value = attribute.Count(old, *value)
		}
		doc.SetTransient(node, u.Set, u.Name, value)
		return nil
	})
}

// nodeRef finds a node by name.
func nodeRef(doc *cib.Document, name string) (cib.NodeRef, bool) {
	for _, n := range doc.Root().FindElements("configuration/nodes/node") {
		if n.SelectAttrValue("uname", "") == name {
			return cib.NodeRef{ID: n.SelectAttrValue("id", ""), Name: name}, true
		}
	}
	return cib.NodeRef{}, false
}

// change lets edit change the document of the file; on an error, and where the result does not conform to its
// schema, the file stays as it is: what is broken already can be mended, and nothing else.
func (f *File) change(edit func(*cib.Document) error) error {
	in, err := f.lock()
	if err != nil {
		return err
	}
	defer in.Close() // which also unlocks
	doc, err := f.parse(in)
	if err != nil {
		return err
	}
	if err := edit(doc); err != nil {
		return err
	}
	if err := doc.Conforms(); err != nil {
		return err
	}
	info, err := in.Stat()
	if err != nil {
		return err
	}
	return WriteFile(f.Path, doc.Bytes(), info.Mode().Perm())
}

// lock opens the file for itself. As the file is replaced by others, what was locked may not be the
// file any more: then again.
func (f *File) lock() (*os.File, error) {
	for range 100 {
		in, err := os.OpenFile(f.Path, os.O_RDWR, 0)
		if err != nil {
			return nil, cib.Errorf(exit.CantCreate, "cannot write the CIB file: %v", err)
		}
		if err := unix.Flock(int(in.Fd()), unix.LOCK_EX); err != nil {
			in.Close()
			return nil, cib.Errorf(exit.IOErr, "cannot lock %s: %v", f.Path, err)
		}
		held, err1 := in.Stat()
		there, err2 := os.Stat(f.Path)
		if err := errors.Join(err1, err2); err == nil && os.SameFile(held, there) {
			if !held.Mode().IsRegular() {
				in.Close()
				return nil, cib.Errorf(exit.CantCreate, "%s is a pipe and can only be read", f.Path)
			}
			return in, nil
		}
		in.Close()
	}
	return nil, cib.Errorf(exit.TempFail, "%s is replaced by others all the time", f.Path)
}

// WriteFile replaces the file at path, or the file that a link there points to, in one step.
func WriteFile(path string, data []byte, mode os.FileMode) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	err := renameio.WriteFile(path, data, mode, renameio.WithTempDir(filepath.Dir(path)))
	if err != nil {
		return cib.Errorf(exit.CantCreate, "cannot write %s: %v", path, err)
	}
	return nil
}

// Attributes returns the values that the status section has.
func (f *File) Attributes(ctx context.Context, name, node string) ([]attribute.Value, error) {
	doc, err := f.CIB(ctx)
	if err != nil {
		return nil, err
	}
	var values []attribute.Value
	for _, state := range doc.Root().FindElements("status/node_state") {
		host := state.SelectAttrValue("uname", state.SelectAttrValue("id", ""))
		if node != "" && node != host {
			continue
		}
		for _, nv := range state.FindElements("transient_attributes/instance_attributes/nvpair") {
			if nv.SelectAttrValue("name", "") == name {
				values = append(values, attribute.Value{Name: name, Node: host, Value: nv.SelectAttrValue("value", "")})
			}
		}
	}
	return values, nil
}

// WaitIdle returns at once: nothing happens to a file by itself.
func (f *File) WaitIdle(context.Context) error { return nil }

// The rest needs a running cluster.

// Cleanup is refused.
func (f *File) Cleanup(context.Context, api.Cleanup) error { return api.ErrNoCluster }

// Status is refused.
func (f *File) Status(context.Context) (*api.Status, error) { return nil, api.ErrNoCluster }

// Links is refused.
func (f *File) Links(context.Context) (*api.Links, error) { return nil, api.ErrNoCluster }

// Cmap is refused.
func (f *File) Cmap(context.Context, string) ([]api.CmapEntry, error) { return nil, api.ErrNoCluster }

// SetCmap is refused.
func (f *File) SetCmap(context.Context, api.CmapEntry) error { return api.ErrNoCluster }

// Fence is refused.
func (f *File) Fence(context.Context, api.Fence) error { return api.ErrNoCluster }

// FencingHistory is refused.
func (f *File) FencingHistory(context.Context) ([]api.FenceEvent, error) {
	return nil, api.ErrNoCluster
}

// Events is refused.
func (f *File) Events(context.Context) (<-chan api.Event, error) { return nil, api.ErrNoCluster }

// Shutdown is refused.
func (f *File) Shutdown(context.Context) error { return api.ErrNoCluster }

// RemoveNode is refused.
func (f *File) RemoveNode(context.Context, string) error { return api.ErrNoCluster }
