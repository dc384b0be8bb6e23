# What a newcomer types. Every target installs first, with apt, what it needs and is missing.

BUILD_PACKAGES := pkg-config libcurl4-openssl-dev libarchive-dev libsystemd-dev libbtrfsutil-dev libssl-dev \
	libmicrohttpd-dev libsqlite3-dev libisal-dev liblzma-dev libzstd-dev libpq-dev libseccomp-dev
RELEASE_PACKAGES := dpkg-dev meson ninja-build gperf lld nasm libcap-dev libacl1-dev libbz2-dev \
	zlib1g-dev libc-ares-dev libnghttp2-dev libmount-dev python3-jinja2 autoconf automake libtool buildah ca-certificates
TEST_PACKAGES := postgresql prometheus chromium chromium-driver mandoc sqlite3 minisign shellcheck tmux python3-pyte debhelper lintian dash mksh yash zsh fish busybox-static python3 python3-jsonschema curl wget openssl zstd xz-utils util-linux \
	python3-configobj python3-jinja2 python3-jsonpatch python3-netifaces python3-oauthlib python3-requests python3-serial python3-yaml
BENCH_PACKAGES := wrk isal iproute2 nginx-light
HOST_PACKAGES := systemd-container debootstrap btrfs-progs iproute2 nginx-light apt-cacher-ng
MACHINE_PACKAGES := qemu-system-x86 qemu-system-arm qemu-user-static qemu-utils genisoimage openssh-client e2fsprogs
PACKAGES := $(BUILD_PACKAGES) $(RELEASE_PACKAGES) $(TEST_PACKAGES) $(BENCH_PACKAGES) $(HOST_PACKAGES) $(MACHINE_PACKAGES)

# An import that a target does not list would compile in silence without this check.
SWIFT_FLAGS := --explicit-target-dependency-import-check error

.PHONY: setup build test test-faults test-systems test-vm fuzz-helper demo screenshots deb oci dist dist-here dist-check bench fuzz check clean

setup:
	@have=$$(dpkg-query -W -f='$${db:Status-Status} $${Package}\n' $(PACKAGES) 2>/dev/null | sed -n 's/^installed //p'); \
	missing=$$(printf '%s\n' $(PACKAGES) | grep -vxF "$$have" || true); \
	if [ -n "$$missing" ]; then \
		sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
		echo "installing:" $$missing; \
		$$sudo apt-get -qq update && \
		$$sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq install -y --no-install-recommends $$missing; \
	fi

build: setup
	swift build $(SWIFT_FLAGS)

check: setup
	Tests/lint

test: setup
	Tests/run

# All of what "make test" draws a sample of; about an hour.
test-faults: export HOST_BOOTSTRAP_FAULTS = all
test-faults: dist-here
	code=0; integration-vm/faults || code=1; Tests/run damage || code=1; exit $$code

# Hosts of every release of Debian and Ubuntu that matters, of which "make test" plays some.
test-systems: dist-here
	Tests/run systems

# All that takes a kernel of one's own, on virtual machines; "make test" plays the fastest case.
test-vm: dist
	integration-vm/machines

# Ten minutes of hostile requests to root's helper, on a booted host; SEED replays.
fuzz-helper: dist-here
	integration-vm/faults helper $(if $(SEED),--seed $(SEED)) 600

dist: setup
	release/build.sh

# What the machine itself runs, and no more.
dist-here: export ARCH = $(shell uname -m)
dist-here: setup
	release/build.sh

# A second build, elsewhere and from nothing, gives the same bytes; and the libraries in it are the newest.
dist-check: dist
	release/dist-check

# Packages of Debian's for this machine's architecture, beside the programs.
deb: dist-here
	release/debian-packages

# Images of the hub and of the agent, for each architecture of the release, beside the programs. As root.
oci: dist
	release/oci/build

demo: dist-here
	integration-vm/demo

# The pictures of the terminal and of the hub's page, in docs/pictures.
screenshots: dist-here
	docs/screenshots

bench: dist-here
	benchmarks/run

# Coverage comes from the flags of the compiler, the runtimes from those of the package manager.
fuzz: export HOST_BOOTSTRAP_FUZZING = 1
fuzz: setup
	for product in archive-fuzzer json-fuzzer; do \
		swift build -c release --scratch-path .build/fuzzing --product $$product \
			--sanitize fuzzer --sanitize address -Xswiftc -sanitize=fuzzer,address || exit; \
	done
	mkdir -p .build/fuzzing/found .build/fuzzing/found-json
	.build/fuzzing/release/archive-fuzzer -max_total_time=600 -timeout=30 -rss_limit_mb=6144 \
		-artifact_prefix=.build/fuzzing/ -print_final_stats=1 .build/fuzzing/found fuzzing/corpus
	.build/fuzzing/release/json-fuzzer -max_total_time=300 -timeout=10 -max_len=4096 \
		-artifact_prefix=.build/fuzzing/ -print_final_stats=1 .build/fuzzing/found-json fuzzing/json-corpus

clean:
	rm -rf .build .build-static .build-static-* .build-cross dist
