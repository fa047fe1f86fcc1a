// Package freetext looks for identifiers and names of people in running text:
// the text of files and messages, where no column says what stands in it.
//
// A text is cut into words (words.go). A Question is what is looked for; a
// Reading compares one text with it, piece by piece; Terms collects what an
// index must know of a text, so that Question.Need, asked of that index, gives
// every text that a Reading would find. Both sides cut and fold by the same
// functions, which is why a search through an index misses nothing that a look
// at each file would find.
//
// What is found here is found in content: whose it is, is for core/match and
// for people to say.
package freetext
