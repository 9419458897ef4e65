// Counts the links of an HTML page, inside and outside of its own site.
//
//	href-counter URL       fetches the page
//	href-counter < FILE    reads it
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"regexp"
	"strings"
)

var href = regexp.MustCompile(`(?i)<a\s[^>]*href\s*=\s*["']([^"']+)["']`)

func open() (io.ReadCloser, error) {
	if len(os.Args) < 2 {
		return os.Stdin, nil
	}
	response, err := http.Get(os.Args[1])
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

func main() {
	page, err := open()
	if err != nil {
		log.Fatal(err)
	}
	defer page.Close()
	text, err := io.ReadAll(page)
	if err != nil {
		log.Fatal(err)
	}
	internal, external := 0, 0
	for _, link := range href.FindAllStringSubmatch(string(text), -1) {
		if strings.HasPrefix(link[1], "http") {
			external++
		} else {
			internal++
		}
	}
	fmt.Printf("internal=%d external=%d\n", internal, external)
}
