// Package match answers one question: is this record about this person? It
// gives a verdict, the evidence for it, and one sentence that a person can
// read. It is pure: no files, no network, no clock.
//
// The rules, in order (each has its own place in judge.go and settle.go):
//
//  1. A party that carries another person's exclusive identifier is struck.
//     A record is another person's when every party that might be the
//     subject is struck. A different code beside an equal full name and date
//     of birth, or beside two contacts that agree, is a restricted review:
//     the code may have been changed or mistyped.
//  2. Confirmed: an identifier of one person only agrees, nothing conflicts,
//     and the name agrees or is not there.
//  3. Probable: two contacts of different kinds agree, or one and the full
//     name with the date of birth, and nobody else in the source is as near.
//  4. Review: anything else that agrees. A name alone never leads further.
//  5. Another person: struck, or nothing agrees.
//  6. Where a source holds several people at the same strength, none of them
//     is above review.
package match
