// Package mailsource is the source plugin for mailboxes that lie in files:
// Maildir folders (with the subfolders of Maildir++) and mbox files. Bodies in
// any charset and attachments are read by core/document.
//
//	config.go    the configuration
//	maildir.go, mbox.go   list the messages of a mailbox
//	header.go    reads the fields of a message, and who stands in them
//	look.go      reads one message and compares it (plugins/internal/freetext)
//	search.go    puts it together; record.go makes the record
package mailsource
