package mailsource

import "github.com/sinusta/sinusta/plugins/sdk"

// Config is the plugin's configuration: which mailboxes are searched.
type Config struct {
	// Mailboxes by a name that stays: it begins the ref of every message.
	Mailboxes map[string]Mailbox `json:"mailboxes"`
	// Server is the IMAP server of the mailboxes that are on one.
	Server *Server `json:"server,omitempty"`
	// Type is the record type of the profile; without it the one that has the
	// fields message_id and text.
	Type string `json:"type,omitempty"`
	// Include are the folders that are searched, with all below; without it all.
	Include []string `json:"include,omitempty"`
	// Exclude are folders that are left out, each with the reason.
	Exclude []Exclusion `json:"exclude,omitempty"`
	// Keys are the kinds of identifier that the mail holds; without it all that
	// can be told in running text.
	Keys   []string `json:"keys,omitempty"`
	Limits *Limits  `json:"limits,omitempty"`
	// Password is that of the accounts on the IMAP server.
	Password sdk.Secret `json:"password,omitempty"`
}

// Server is an IMAP server.
type Server struct {
	// URL is imaps://host or imap://host, with a port where it is another than
	// 993 or 143.
	URL string `json:"url"`
	// StartTLS encrypts a connection to imap://.
	StartTLS bool `json:"start_tls,omitempty"`
	// ClearText allows a connection to imap:// without encryption, on this
	// machine alone.
	ClearText bool `json:"clear_text,omitempty"`
	// CAFile is a PEM file of the authority that signed the certificate;
	// without it those of the system.
	CAFile string `json:"ca_file,omitempty"`
	// User is the account that reads.
	User string `json:"user,omitempty"`
	// Seconds is how long the server may be silent.
	Seconds int `json:"seconds,omitempty"`
}

// Mailbox is one mailbox: a Maildir, an mbox file or a folder of such files, or
// a mailbox on the IMAP server.
type Mailbox struct {
	Maildir string `json:"maildir,omitempty"`
	MBox    string `json:"mbox,omitempty"`
	IMAP    *IMAP  `json:"imap,omitempty"`
	// Owner is who has the mailbox by way of duty.
	Owner *Owner `json:"owner,omitempty"`
	// MayBeEmpty says that the mailbox may rightly hold no message. Without it
	// an empty mailbox counts as one that is not there.
	MayBeEmpty bool `json:"may_be_empty,omitempty"`
}

// IMAP says which folders of the server are a mailbox.
type IMAP struct {
	// User is the account of this mailbox, where it is not that of the server.
	User string `json:"user,omitempty"`
	// Folder is the folder that is the mailbox, with all below, as people see
	// it; without it all that the account sees.
	Folder string `json:"folder,omitempty"`
}

// Owner is the owner of a mailbox.
type Owner struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

// Exclusion leaves a folder out, with all below it. In the name of a folder *
// stands for any characters but /.
type Exclusion struct {
	Folder string `json:"folder"`
	Reason string `json:"reason"`
}

// Limits bound a search. What is over one is told, never cut.
type Limits struct {
	// Messages is how many messages are listed at most.
	Messages int `json:"messages,omitempty"`
	// MessageBytes is the largest message that is read (of a server, which
	// sends it into memory, 64 MiB without it), UnpackedBytes what its
	// attachments may become, and MessageSeconds how long it may take.
	MessageBytes   int64 `json:"message_bytes,omitempty"`
	UnpackedBytes  int64 `json:"unpacked_bytes,omitempty"`
	MessageSeconds int   `json:"message_seconds,omitempty"`
	// Seconds is how long a search reads messages.
	Seconds int `json:"seconds,omitempty"`
}
