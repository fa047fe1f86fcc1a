// Package mailsource is the source plugin for mailboxes: on an IMAP server, and
// in files as Maildir folders (with the subfolders of Maildir++) and mbox files.
// Bodies in any charset and attachments are read by core/document.
//
//	config.go    the configuration; folders.go says which folders are searched
//	maildir.go, mbox.go   list the messages of a mailbox in files; content.go opens them
//	imapserver.go, imapsession.go   sign in and ask; imapwatch.go bounds the answers
//	imapread.go  reads a mailbox of the server, also while it changes
//	header.go    reads the fields of a message, and who stands in them
//	question.go  what is looked for (plugins/internal/freetext), and when it was sent
//	look.go      reads one message and compares it
//	search.go    puts it together; record.go makes the record
package mailsource
