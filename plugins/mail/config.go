package mailsource

// Config is the plugin's configuration: which mailboxes are searched.
type Config struct {
	// Mailboxes by a name that stays: it begins the ref of every message.
	Mailboxes map[string]Mailbox `json:"mailboxes"`
	// Type is the record type of the profile; without it the one that has the
	// fields message_id and text.
	Type string `json:"type,omitempty"`
	// Exclude are folders that are left out, each with the reason.
	Exclude []Exclusion `json:"exclude,omitempty"`
	// Keys are the kinds of identifier that the mail holds; without it all that
	// can be told in running text.
	Keys   []string `json:"keys,omitempty"`
	Limits *Limits  `json:"limits,omitempty"`
}

// Mailbox is one mailbox: a Maildir, or an mbox file or a folder of such
// files.
type Mailbox struct {
	Maildir string `json:"maildir,omitempty"`
	MBox    string `json:"mbox,omitempty"`
	// Owner is who has the mailbox by way of duty.
	Owner *Owner `json:"owner,omitempty"`
	// MayBeEmpty says that the mailbox may rightly hold no message. Without it
	// an empty mailbox counts as one that is not there.
	MayBeEmpty bool `json:"may_be_empty,omitempty"`
}

// Owner is the owner of a mailbox.
type Owner struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

// Exclusion leaves a folder out, with all below it.
type Exclusion struct {
	Folder string `json:"folder"`
	Reason string `json:"reason"`
}

// Limits bound a search. What is over one is told, never cut.
type Limits struct {
	// Messages is how many messages are listed at most.
	Messages int `json:"messages,omitempty"`
	// MessageBytes is the largest message that is read, UnpackedBytes what its
	// attachments may become, and MessageSeconds how long it may take.
	MessageBytes   int64 `json:"message_bytes,omitempty"`
	UnpackedBytes  int64 `json:"unpacked_bytes,omitempty"`
	MessageSeconds int   `json:"message_seconds,omitempty"`
	// Seconds is how long a search reads messages.
	Seconds int `json:"seconds,omitempty"`
}
