// Package recordings is the source plugin `recordings`: calls, chats, video
// meetings and cameras, whose metadata are in table files or in a database and
// whose recordings lie in a folder. What is said of the metadata is that of
// the plugins csv and sql, which this one holds; it adds the recordings.
// README.md describes it for integrators.
//
// A recording is never part of a record: the record says how large it is and
// how it is read (Fetch), and the profile's text says how it is listened to or
// viewed. A row whose recording is missing, and a recording without a row, are
// told.
package recordings
