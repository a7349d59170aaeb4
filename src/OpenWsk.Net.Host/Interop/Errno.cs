// The error numbers of Linux that its socket calls give (asm-generic/errno-base.h, asm-generic/errno.h).
// What they mean to a WSK client is HostErrors.cs.
namespace OpenWsk.Net.Host;

/// <summary>An error number of Linux.</summary>
public enum Errno
{
    None = 0,
    Eperm = 1,
    Eintr = 4,
    Eio = 5,
    Ebadf = 9,
    Eagain = 11,
    Enomem = 12,
    Eacces = 13,
    Efault = 14,
    Enodev = 19,
    Einval = 22,
    Enfile = 23,
    Emfile = 24,
    Enotsock = 88,
    Edestaddrreq = 89,
    Emsgsize = 90,
    Enoprotoopt = 92,
    Eprotonosupport = 93,
    Esocktnosupport = 94,
    Eopnotsupp = 95,
    Eafnosupport = 97,
    Eaddrinuse = 98,
    Eaddrnotavail = 99,
    Enetdown = 100,
    Enetunreach = 101,
    Econnaborted = 103,
    Econnreset = 104,
    Enobufs = 105,
    Etimedout = 110,
    Econnrefused = 111,
    Ehostdown = 112,
    Ehostunreach = 113,
}
