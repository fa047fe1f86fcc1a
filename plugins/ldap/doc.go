// Package ldapsource is the source plugin `ldap`: it finds people in a
// directory, in an LDAP server or in LDIF files that were exported from one.
//
// A mapping says which entries are which record type, and which attributes
// are which fields of the system's profile. The server is asked coarsely, for
// a little more than what is looked for; every entry is then compared here, by
// the rules of the identifier's kind. Only of the entries that remain are all
// attributes read, without the values of those that the mapping ignores. LDIF
// files go through the same comparison, so both give the same records.
//
// The plugin binds and searches. It sends no other operation.
package ldapsource
