// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * window FILE TEXT MILLISECONDS - what the kernel does while TEXT is written to FILE, and in
 * the MILLISECONDS after that, between the two marker instructions. For the guest; static.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "marker.h"

/*
 * Allocates many packets of the usual sizes and frees them: what the allocator has
 * at hand would otherwise depend on what ran before, and a page with one free
 * object makes every packet 4 % dearer for a whole burst.
 */
static void shuffle_allocator(void)
{
	static const char payload[700];
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(addr);

	for (size_t size = 20; size < sizeof(payload); size += 40) {
		int fd = socket(AF_INET, SOCK_DGRAM, 0);

		addr.sin_port = 0;
		if (bind(fd, (struct sockaddr *)&addr, length) ||
		    getsockname(fd, (struct sockaddr *)&addr, &length)) {
			perror("loopback");
			exit(1);
		}
		/* Nobody reads them; the last ones are dropped. */
		for (int i = 0; i < 100; i++)
			sendto(fd, payload, size, 0, (struct sockaddr *)&addr, length);
		close(fd);
	}
}

int main(int argc, char **argv)
{
	const struct timespec settle = { .tv_nsec = 50000000 };
	struct timespec rest;
	ssize_t length, written;
	long ms;
	int fd;

	if (argc != 4) {
		fprintf(stderr, "usage: window FILE TEXT MILLISECONDS\n");
		return 2;
	}
	fd = open(argv[1], O_WRONLY);
	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	ms = strtol(argv[3], NULL, 10);
	rest.tv_sec = ms / 1000;
	rest.tv_nsec = ms % 1000 * 1000000;
	length = (ssize_t)strlen(argv[2]);

	shuffle_allocator();
	nanosleep(&settle, NULL);

	MARK(MARKER_BEGIN);
	written = write(fd, argv[2], (size_t)length);
	nanosleep(&rest, NULL);
	MARK(MARKER_END);

	if (written != length) {
		perror("write");
		return 1;
	}
	return 0;
}
