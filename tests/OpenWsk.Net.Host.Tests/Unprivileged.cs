// A thread without privileges: it takes the user nobody for itself, and with root its capabilities go. Other
// threads keep theirs, because the system's call, unlike the library's, changes the calling thread alone.
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace OpenWsk.Net.Host.Tests;

/// <summary>Runs a test body as nobody. Linux on x64, started by root.</summary>
internal static class Unprivileged
{
    // setresuid of x64 (asm/unistd_64.h), and the user nobody.
    private const long SetUsers = 117;
    private const long Nobody = 65_534;

    public static void Run(Action body)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Assert.Equal(0, Call(SetUsers, -1, Nobody, -1));
                body();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        Assert.True(thread.Join(Waiting.HangGuard), "The test without privileges hangs.");
        failure?.Throw();
    }

    [DllImport("libc", EntryPoint = "syscall")]
    private static extern long Call(long number, long real, long effective, long saved);
}
