/*
 * ptrace(2) for user-mode Linux 6.1 on processors with AMX.
 *
 * That kernel keeps 2696 bytes of a process's extended state, all that AVX-512 needs, and writes them back with
 * PTRACE_SETREGSET. Linux takes nothing but the whole area (arch/x86/kernel/fpu/regset.c, xstateregs_set), which is
 * 11008 bytes where the processor has AMX, and answers EFAULT: no host boots. Here the rest is read first and written
 * back as it is. Nothing in a host uses it: AMX must be asked for (arch_prctl ARCH_REQ_XCOMP_PERM), and this kernel
 * can't be.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Not on the stack, which is small in a kernel; that kernel has one thread. */
static unsigned char whole[64 * 1024];

static long set_whole_state(pid_t pid, const struct iovec *part)
{
    struct iovec all = {whole, sizeof whole};

    if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &all) < 0)
        return -1;
    if (part->iov_len > all.iov_len) {
        errno = EFAULT;
        return -1;
    }
    memcpy(whole, part->iov_base, part->iov_len);
    return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, &all);
}

/* As glibc has it: what is peeked at is returned, not stored (ptrace(2), "C library/kernel differences"). */
static long plain_ptrace(enum __ptrace_request request, pid_t pid, void *address, void *data)
{
    int peeks = request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER;
    long word;
    long result = syscall(SYS_ptrace, request, pid, address, peeks ? &word : data);

    if (result < 0 || !peeks)
        return result;
    errno = 0;
    return word;
}

long ptrace(enum __ptrace_request request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    pid_t pid = va_arg(arguments, pid_t);
    void *address = va_arg(arguments, void *);
    void *data = va_arg(arguments, void *);
    va_end(arguments);

    if (request == PTRACE_SETREGSET && (unsigned long)address == NT_X86_XSTATE)
        return set_whole_state(pid, data);
    return plain_ptrace(request, pid, address, data);
}
