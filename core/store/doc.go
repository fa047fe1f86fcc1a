// Package store keeps request files: everything that was found and decided in
// one request, sealed, in one SQLite database per installation.
//
// Below the installation folder:
//
//	keys/organisation.age      the organisation's key (age X25519), made by InitKeys
//	keys/requests/<id>.age     the key of one request, wrapped for the organisation's key
//	data/sinusta.db            the rows of every request, and SQLite's -wal and -shm beside it
//	data/locks/<id>.lock       locked by the process that runs the request
//
// Each request has a random 256-bit key, from which one key for its blobs and
// one for its row ids are derived. A row is an AES-256-GCM blob with a random
// nonce, bound to request, table and row id; the row's name and value are
// both inside, and the row id is an HMAC of table and name. So the database and
// its journals show how many rows of which table each random request id has,
// how long they are and in what order they came, and nothing else. They may be
// backed up; keys/requests must stay out of those backups, because removing a
// request's wrapped key is what erases it, in every copy of data/.
//
// Backups: data/ and audit/ may be kept in as many copies as you like. A copy of
// keys/requests undoes an erasure for as long as it exists: keep it apart, on storage from
// which single files can be deleted, and delete <id>.age there too when a request is erased. Without
// any copy of it, a lost disk loses the open requests, which are then opened and run anew.
// keys/organisation.age and the keys of the log never change: one copy of them, apart from all else,
// is enough.
//
// A changed, shortened or swapped blob is detected by whoever reads it. Whole
// rows that somebody removed, or put back as they once were, have valid blobs; they are
// detected by comparing Fingerprints with those that the audit log holds.
//
// The journal is a write-ahead log, so that readers and the writer do not wait
// for each other; home must be on a local disk, as SQLite's WAL demands.
package store
