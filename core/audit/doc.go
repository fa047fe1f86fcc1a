// Package audit keeps the log of an installation: who did what, when, on which
// request and system, in a form that nobody can rewrite unnoticed.
//
// Below the installation folder, all for the owner alone, since the names of
// officials are personal data too:
//
//	keys/audit.key           the key of entries and digests, and the Ed25519 key that signs checkpoints
//	keys/audit.pub           the public half of the latter, for whoever verifies
//	keys/audit.checkpoint    a copy of the newest checkpoint
//	audit/entries.jsonl      one entry a line
//	audit/hashes             the Merkle tree over the lines (RFC 6962), in the order of sumdb/tlog
//	audit/checkpoints/       signed tree heads (C2SP tlog-checkpoint), one file each, named by the size
//	audit/lock               locked while a process appends
//
// An entry is on the disk before its effect begins, and a second one after its
// end, so that a crash between the two is visible and harmless. The second one of an effect that is
// a part of another may wait for the entry that comes next (see later.go). Each line
// holds its index and ends in a MAC under the installation's key: without
// the key no line can be made or changed, and a line that was moved says where
// it belongs. Each checkpoint is announced by an entry, so that a removed one is missed.
//
// Who can write audit/ can cut off the entries behind the last checkpoint, and
// who can write keys/ too can put an older state of both back; who can read keys/ can make
// another log. The last two do not survive a comparison with a checkpoint that is
// kept elsewhere: each report carries one, and Verify takes it. For the first, checkpoints are
// signed often: by Close at least.
//
// Entries hold no personal data of data subjects: identifiers and case numbers
// are keyed digests, and the other members are codes.
package audit
