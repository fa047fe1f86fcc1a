// Package index is the free-text search over the records of one request, with
// highlighting and facets: a Bleve index in memory, which writes nothing to any
// disk.
//
// It is a cache. The store holds the records; when an index is damaged or gone,
// its owner closes it, makes another and adds every document again. It decides
// nothing: no verdict and no report depends on what is found here.
//
// Words are found in any case, with or without their diacritics (makinen finds
// Mäkinen), and as parts of joined words (EU finds EU:n, virtanen finds
// matti.virtanen@example.fi). A word outside quotation marks also finds two
// kinds of inflection that are regular: Finnish words in -nen (Virtanen finds
// Virtasella) and the Swedish and English -s. Nothing is stemmed, since stemmers
// cut identifiers and mix up names; for other inflections there is the prefix
// search (koskela*).
package index
