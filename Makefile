# quorate: make demo, make test; the rest is for people who work on it.
GO      ?= go
PREFIX  ?= /usr/local
DESTDIR ?=

.PHONY: all build demo test race vet lint e2e bench parity sim fuzz install clean

all: build

build:
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/crm .
	@./bin/crm cluster links bin

# A whole failover on this machine: three nodes, a web service, a power loss. No root, nothing installed.
demo: build
	@sh examples/demo.sh bin/crm

test:
	$(GO) test ./...

race:
	$(GO) test -race ./...

vet:
	$(GO) vet ./...
	$(GO) vet -tags e2e ./engine/e2e

lint: vet
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 -checks inherit,-ST1005 ./... # messages are the field's, with its capitals

# Nodes in network namespaces with the distribution's agents; needs root.
e2e: build
	$(GO) test -tags e2e -count=1 -timeout 15m -v -skip 'TestFigures|TestNoFalseFailover' ./engine/e2e

# Speed and memory, beside the figures of Corosync + Pacemaker + crmsh; needs root for the cluster's part.
bench: build
	$(GO) test -run '^$$' -bench . -benchmem ./...
	$(GO) test -tags e2e -count=1 -timeout 30m -v -run TestFigures ./engine/e2e

# What the field's tools do with the same input; needs the folder ../shared and python3.
parity: build
	sh .ci/parity

# More stories of the simulator: make sim SIM_SEEDS=500, or one: make sim SIM_SEED=7
sim:
	$(GO) test -count=1 -timeout 60m -run TestChaos ./engine/sim

fuzz:
	sh .ci/fuzz $(FUZZCOUNT)

install: build
	install -D -m 0755 bin/crm $(DESTDIR)$(PREFIX)/sbin/crm
	$(DESTDIR)$(PREFIX)/sbin/crm cluster links $(DESTDIR)$(PREFIX)/sbin
	install -D -m 0644 completions/crm.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/crm
	install -D -m 0644 completions/_crm $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_crm
	install -D -m 0644 completions/crm.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/crm.fish

clean:
	rm -rf bin
