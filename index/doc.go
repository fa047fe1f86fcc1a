// Package index is the free-text search over the records of one request, with
// highlighting, facets and the reason of every hit.
//
// It is a cache. The store holds the records; an index that is damaged or gone
// is made again from them. It decides nothing: no verdict, no outcome and no
// report depends on what is found here.
//
// New makes an index in memory, which writes nothing to any disk. Follow keeps
// one on disk for a large request:
//
//	<place>/manifest           what the rest must be to the byte, and the version of each document
//	<place>/g<random>/         the Bleve index that the manifest names
//
// Everything of a document is sealed there with AES-256-GCM, piece by piece,
// under a key of each file that is derived from the key of the place (see
// openFolders). In clear are how many files and pieces there are and how long,
// how many documents a segment has, and when it was written. Follow checks every
// file against the manifest before anything is searched, brings the index to the
// versions that the store has, and builds it anew when anything is not as it
// should be. What is removed or replaced leaves the files at once.
//
// Words are found in any case, with or without their diacritics (makinen finds
// Mäkinen), and as parts of joined words (EU finds EU:n, virtanen finds
// matti.virtanen@example.fi). A word outside quotation marks is also found in
// the singular forms in which Finnish bends names and in the Swedish and English
// genitive (virtanen finds Virtasella, ranta finds Rannalle). Not given are other
// plurals than the nominative, clitics (-kin, -han) and the parts of compound
// words: for those there is the prefix search (koskela*), and for other spellings
// the similar words (koskelä~). Nothing is stemmed, since stemmers cut
// identifiers and mix up names. Query.Name finds whole names.
package index
