package node

import (
	"encoding/json"
	"fmt"

	"quorate/engine/quorum"
	"quorate/engine/replica"
)

// ledgerNote is the name under which the disk keeps what quorum counts by.
const ledgerNote = "quorum-ledger"

func loadLedger(d *replica.Disk) (l quorum.Ledger, err error) {
	data, err := d.Note(ledgerNote)
	if err != nil || data == nil {
		return l, err
	}
	if err := json.Unmarshal(data, &l); err != nil {
		return l, fmt.Errorf("stored quorum ledger: %w", err)
	}
	return l, nil
}

func storeLedger(d *replica.Disk, l quorum.Ledger) error {
	data, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return d.SetNote(ledgerNote, data)
}
