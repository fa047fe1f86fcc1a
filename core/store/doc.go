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
// A changed, shortened or swapped blob is detected. Whole rows that somebody
// removed, or put back as they once were, are not: that is what the audit log is
// for.
//
// The journal is a write-ahead log, so that readers and the writer do not wait
// for each other; home must be on a local disk, as SQLite's WAL demands.
package store
