/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File access: which files the process can still open (Landlock), whoever it
 * runs as.  For good, for this thread and those that it starts afterwards: it
 * comes before the first one.
 *
 *	read	the folder of a file, and what is below: files are replaced
 *		by a rename, a ConfigMap by another folder.  On the way to it,
 *		also the folder of each symbolic link, but for "/" and the
 *		folders in it (/var/run -> /run is not swapped)
 *	keep	a folder of our own: files and sockets in it are made, replaced
 *		and removed
 *
 * Nothing is executed and no folder is made.  Looking at names (stat, readlink)
 * is not kept back by Landlock, nor is what is open already.
 */
#ifndef PROXY_HARDEN_FILE_ACCESS_H
#define PROXY_HARDEN_FILE_ACCESS_H

#include "base/err.h"

struct file_access;

struct file_access *file_access_new(void);
void file_access_free(struct file_access *access);

/*
 * `path` is from the root.  Of a file in "/" it is that file alone, as it is
 * now.  A folder that is not there cannot be named.
 */
void file_access_read(struct file_access *access, const char *path);
/* A folder, or a device, itself. */
void file_access_read_exactly(struct file_access *access, const char *path);
void file_access_keep(struct file_access *access, const char *folder);

/*
 * The version of the kernel's Landlock that is in force; -1: nothing has
 * changed, and `err` says why, which is no reason to stop.
 */
int file_access_enforce(const struct file_access *access, struct err *err);

#endif
