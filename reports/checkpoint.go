package reports

import "time"

// Checkpoint is the signed state of the audit log when the report was made.
// Whoever keeps the report can have it proved later that no entry of the log
// until then was changed: `sinusta audit verify --checkpoint report.json`.
type Checkpoint struct {
	// Size is the number of entries, Root the root of the tree over them
	// (RFC 6962, SHA-256 in base64).
	Size int64
	Root string
	// KeyName names the key of the signature, PublicKey is the key itself, in
	// the form of golang.org/x/mod/sumdb/note.
	KeyName, PublicKey string
	Time               time.Time
	// Note is the signed text (C2SP tlog-checkpoint). It alone counts.
	Note string
}

// checkpointJSON is a checkpoint as the files for machines have it.
type checkpointJSON struct {
	Size      int64   `json:"size"`
	Root      string  `json:"root"`
	KeyName   string  `json:"key_name"`
	PublicKey string  `json:"public_key"`
	Time      *string `json:"time"`
	Note      string  `json:"note"`
	Verify    string  `json:"verify"`
}

// checkpoint gives the checkpoint of a report, nil if it has none.
func (v jsonView) checkpoint(r *Report) *checkpointJSON {
	c := r.Checkpoint
	if c == nil {
		return nil
	}
	return &checkpointJSON{Size: c.Size, Root: c.Root, KeyName: c.KeyName, PublicKey: c.PublicKey, Time: instant(c.Time), Note: c.Note,
		Verify: v.t.Log.HowTo}
}

// LogSentence tells what the checkpoint says.
func (p *page) LogSentence() string {
	c := p.R.Checkpoint
	return fill(p.T.Log.Text, "n", number(int(c.Size), p.Lang))
}
