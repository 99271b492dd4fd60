package cib

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// bookkeeping are the attributes of the root that say when and by whom the document was written
// and how often; two documents that differ in nothing else say the same.
var bookkeeping = map[string]bool{
	"num_updates": true, "epoch": true, "admin_epoch": true, "cib-last-written": true,
	"update-origin": true, "update-client": true, "update-user": true, "crm_feature_set": true,
}

// Digest returns "v1:sha256:HEX" over what the document says: names, attributes in any order, text
// without the blanks around it; without comments and the bookkeeping of the root element.
func (d *Document) Digest() string {
	b := make([]byte, 0, d.size+d.size/4)
	sum := sha256.Sum256(digestElement(b, d.root, bookkeeping))
	return "v1:sha256:" + hex.EncodeToString(sum[:])
}

// ElementDigest is Digest for one element with everything below it.
func ElementDigest(e *etree.Element) string {
	sum := sha256.Sum256(digestElement(nil, e, nil))
	return "v1:sha256:" + hex.EncodeToString(sum[:])
}

// digestElement appends a form of e that no two different elements share: each part is ended by a
// character that XML cannot hold.
func digestElement(b []byte, e *etree.Element, without map[string]bool) []byte {
	b = append(append(append(append(b, 1), e.Space...), ':'), e.Tag...)
	var order [24]int
	indexes := order[:0]
	for i := range e.Attr {
		if !without[e.Attr[i].Key] {
			indexes = append(indexes, i)
		}
	}
	slices.SortFunc(indexes, func(i, j int) int {
		if c := strings.Compare(e.Attr[i].Key, e.Attr[j].Key); c != 0 {
			return c
		}
		return strings.Compare(e.Attr[i].Space, e.Attr[j].Space)
	})
	for _, i := range indexes {
		a := &e.Attr[i]
		b = append(append(append(append(b, 2), a.Space...), ':'), a.Key...)
		b = append(append(b, 3), a.Value...)
	}
	if text := ownText(e); text != "" {
		b = append(append(b, 4), text...)
	}
	for _, t := range e.Child {
		if c, ok := t.(*etree.Element); ok {
			b = digestElement(b, c, nil)
		}
	}
	return append(b, 5)
}
