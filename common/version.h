/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * The one place where the version is written. kbuild and CMake include or parse
 * this file, and dkms.conf and the Makefile extract the string with sed: keep
 * it on one line.
 */
#ifndef HANAT_VERSION_H
#define HANAT_VERSION_H

#define HN_VERSION "0.1.0"

#endif
