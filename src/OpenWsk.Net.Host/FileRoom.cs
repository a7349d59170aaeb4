// Whether the process may have one more socket. The runtime opens files whenever it first needs some
// assembly, and ends the process when it cannot, so sockets never take the last numbers that the process may
// have (RLIMIT_NOFILE). The system gives the lowest free number, so a number near the limit tells that nearly
// all are taken. It knows nothing about sockets: DescriptorStream.Spare.cs and SystemListener.cs ask.
namespace OpenWsk.Net.Host;

/// <summary>The files that are left to the process. Any thread.</summary>
internal static class FileRoom
{
    // An assembly is one file for a moment; several threads may load at once.
    private const int ReserveMax = 32;

    private static int s_limit = LinuxLimits.Files;
    private static int s_end = EndOf(s_limit);
    private static volatile bool s_isScarce;

    /// <summary>Whether a number near the limit was seen, and none that tells otherwise since.</summary>
    public static bool IsScarce => s_isScarce;

    /// <summary>Whether there may be one more socket; asks the system only when they were scarce.</summary>
    public static bool HasRoom => !s_isScarce || Look();

    /// <summary>Judges the number of a socket that was just made.</summary>
    /// <returns>False: it is to be closed, as if the system had refused it.</returns>
    public static bool MayMake(int descriptor) =>
        descriptor < Volatile.Read(ref s_end) || (Note() && descriptor < Volatile.Read(ref s_end));

    /// <summary>
    /// Judges the number of a connection that the system has accepted. It is only refused when others have
    /// been accepted with it, because its peer has been told that it stands.
    /// </summary>
    public static bool MayAccept(int descriptor) =>
        MayMake(descriptor) || descriptor < (Volatile.Read(ref s_end) / 2) + (Volatile.Read(ref s_limit) / 2);

    // The limit may have changed since it was asked for.
    private static bool Note()
    {
        s_isScarce = true;
        var limit = LinuxLimits.Files;
        Volatile.Write(ref s_limit, limit);
        Volatile.Write(ref s_end, EndOf(limit));
        return true;
    }

    private static bool Look()
    {
        Note();
        var descriptor = LinuxEvent.Create();
        if (descriptor < 0)
        {
            return false;
        }
        Descriptors.Close(descriptor);
        s_isScarce = descriptor >= Volatile.Read(ref s_end);
        return !s_isScarce;
    }

    private static int EndOf(int limit) => limit - Math.Min(ReserveMax, limit / 4);
}
