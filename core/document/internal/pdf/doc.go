// Package pdf reads the objects and the text of PDF files within bounds. It
// pulls bytes on demand, follows no loop, sets nothing aside by a number that
// the file states, and repairs a file whose table of objects is missing or
// wrong by looking for the objects themselves. It draws nothing and runs
// nothing.
//
// Rules: ISO 32000-1:2008, cited as "§".
package pdf
