// Do a log and its receipts hold, judged by code that nobody here wrote?
//
// All hashing, proofs and signatures are those of golang.org/x/mod/sumdb (the client of Go's checksum database,
// in Debian as golang-golang-x-mod-dev). Only the reading of files is ours.
//
//	verify_log LOGDIR VKEY [RECEIPT...]
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	if len(os.Args) < 3 {
		fail("usage: verify_log LOGDIR VKEY [RECEIPT...]")
	}
	verifier, err := note.NewVerifier(os.Args[2])
	check("the key", err)
	dir := os.Args[1]
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	check("the checkpoint", err)
	tree := openCheckpoint(signed, verifier)
	entries := readEntries(dir, tree.N)
	hashes := rebuild(entries)
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = hashes[index]
		}
		return found, nil
	})
	root, err := tlog.TreeHash(tree.N, reader)
	check("the root", err)
	if root != tree.Hash {
		fail("the entries have another root than the checkpoint")
	}
	tiles := 0
	for _, tile := range tlog.NewTiles(height, 0, tree.N) {
		current := int(tree.N >> uint(height*tile.L) & (1<<height - 1))
		if tile.W != 1<<height && tile.W != current {
			continue // x/mod lists every width that a partial tile ever had; C2SP asks for the last
		}
		tiles++
		want, err := tlog.ReadTileData(tile, reader)
		check(tile.Path(), err)
		have, err := os.ReadFile(filepath.Join(dir, tilePath(tile)))
		check("a tile", err)
		if !bytes.Equal(want, have) {
			fail(tilePath(tile) + " does not hold the hashes of the entries")
		}
	}
	fmt.Printf("Go sumdb: %d entries, %d tiles and the root recomputed; signed by %s\n", tree.N, tiles, verifier.Name())
	for _, path := range os.Args[3:] {
		verifyReceipts(path, verifier, tree, reader)
	}
}

// openCheckpoint: x/mod has another first line than C2SP, so the body is read here; the signature by note.Open.
func openCheckpoint(signed []byte, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open(signed, note.VerifierList(verifier))
	check("the checkpoint's signature", err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		fail("the checkpoint is not of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check("the checkpoint's size", err)
	root, err := tlog.ParseHash(lines[2])
	check("the checkpoint's root", err)
	return tlog.Tree{N: size, Hash: root}
}

func readEntries(dir string, size int64) [][]byte {
	var entries [][]byte
	for start := int64(0); start < size; start += 1 << height {
		width := size - start
		if width > 1<<height {
			width = 1 << height
		}
		tile := tlog.Tile{H: height, L: -1, N: start >> height, W: int(width)}
		data, err := os.ReadFile(filepath.Join(dir, tilePath(tile)))
		check("a bundle", err)
		for n := int64(0); n < width; n++ {
			if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
				fail(tilePath(tile) + " ends in the middle of an entry")
			}
			length := int(binary.BigEndian.Uint16(data))
			entries = append(entries, data[2:2+length])
			data = data[2+length:]
		}
		if len(data) != 0 {
			fail(tilePath(tile) + " holds too many entries")
		}
	}
	return entries
}

// rebuild: every stored hash of the tree, from the entries alone.
func rebuild(entries [][]byte) []tlog.Hash {
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = hashes[index]
		}
		return found, nil
	})
	for n, entry := range entries {
		fresh, err := tlog.StoredHashes(int64(n), entry, reader)
		check("an entry", err)
		hashes = append(hashes, fresh...)
	}
	return hashes
}

// tilePath: x/mod names tile/8/0/000 and tile/8/data/000 what C2SP names tile/0/000 and tile/entries/000.
func tilePath(tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
	return strings.Replace(path, "tile/8/", "tile/", 1)
}

func verifyReceipts(path string, verifier note.Verifier, tree tlog.Tree, reader tlog.HashReader) {
	text, err := os.ReadFile(path)
	check("the receipt", err)
	const header = "c2sp.org/tlog-proof@v1\n"
	parts := strings.Split(string(text), header)
	if parts[0] != "" || len(parts) < 2 {
		fail(path + " is not a receipt")
	}
	for _, part := range parts[1:] {
		verifyReceipt(path, part, verifier, tree, reader)
	}
}

func verifyReceipt(path string, text string, verifier note.Verifier, tree tlog.Tree, reader tlog.HashReader) {
	halves := strings.SplitN(text, "\n\n", 2)
	lines := strings.Split(halves[0], "\n")
	if len(halves) != 2 || len(lines) < 2 || !strings.HasPrefix(lines[0], "extra ") || !strings.HasPrefix(lines[1], "index ") {
		fail(path + " is not well formed")
	}
	extra, err := base64.StdEncoding.DecodeString(lines[0][6:])
	check("the statement", err)
	index, err := strconv.ParseInt(lines[1][6:], 10, 64)
	check("the index", err)
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		check("a hash", err)
		proof = append(proof, hash)
	}
	older := openCheckpoint([]byte(halves[1]), verifier)
	entry, kind := openStatement(extra)
	check(path, tlog.CheckRecord(proof, older.N, older.Hash, index, tlog.RecordHash(entry)))
	if older.N > tree.N {
		fail(path + " is newer than this copy of the log")
	}
	extension, err := tlog.ProveTree(tree.N, older.N, reader)
	check("the extension", err)
	check("the receipt's checkpoint", tlog.CheckTree(extension, tree.N, tree.Hash, older.N, older.Hash))
	fmt.Printf("Go sumdb: receipt holds: %s, entry %d of %d\n", kind, index, older.N)
}

// openStatement: the bytes that the log must hold, from the statement in clear and the key of its commitment.
func openStatement(extra []byte) ([]byte, string) {
	var opened struct {
		Key       string          `json:"key"`
		Statement json.RawMessage `json:"statement"`
	}
	var said struct {
		Kind string `json:"kind"`
		Type string `json:"type"`
	}
	check("the statement", json.Unmarshal(extra, &opened))
	check("the statement", json.Unmarshal(opened.Statement, &said))
	if said.Type == "public" {
		return opened.Statement, said.Kind
	}
	key, err := hex.DecodeString(opened.Key)
	check("the key of the commitment", err)
	mac := hmac.New(sha256.New, key)
	mac.Write(opened.Statement)
	return []byte(fmt.Sprintf(`{"commitment":"%x","type":"private","v":1}`, mac.Sum(nil))), said.Kind
}

func check(what string, err error) {
	if err != nil {
		fail(what + ": " + err.Error())
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, "Go sumdb: NOT verified: "+message)
	os.Exit(1)
}
