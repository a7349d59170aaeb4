// What all benchmarks of one run share: where the sources are, a temporary folder, the cores, free ports.
// It knows nothing about what is measured.
using System.Net;
using System.Net.Sockets;

namespace OpenWsk.Bench;

/// <summary>One run of the program.</summary>
internal sealed class BenchContext : IDisposable
{
    // Below the range from which systems choose ports for connections.
    private const int FirstPort = 20_000;
    private const int LastPort = 30_000;

    // Of the process and not of one run: who is given a port binds it a while later.
    private static int s_ports = Environment.ProcessId;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("openwsk-bench-");

    /// <summary>The source tree.</summary>
    public string Root { get; } = FindRoot();

    /// <summary>A folder that goes with the run.</summary>
    public string Folder => _folder.FullName;

    /// <summary>Whether it shall only be shown that everything runs.</summary>
    public required bool IsQuick { get; init; }

    /// <summary>Only rows whose name holds this are measured.</summary>
    public string Only { get; init; } = "";

    /// <summary>The processors: one for what is measured, one for the load.</summary>
    public Cores Cores { get; } = Cores.Find();

    /// <summary>A file of the source tree.</summary>
    public string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>A port of 127.0.0.1 that nobody uses; no other run of this process is given it.</summary>
    public int TakePort()
    {
        for (var tries = FirstPort; tries < LastPort; tries++)
        {
            var port = FirstPort + (int)((uint)Interlocked.Increment(ref s_ports) % (LastPort - FirstPort));
            try
            {
                using var stream = new Socket(SocketType.Stream, ProtocolType.Tcp);
                using var datagrams =
                    new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                stream.Bind(new IPEndPoint(IPAddress.Any, port));
                datagrams.Bind(new IPEndPoint(IPAddress.Any, port));
                return port;
            }
            catch (SocketException)
            {
            }
        }
        throw new BenchFailureException("no port is free");
    }

    public void Dispose() => _folder.Delete(true);

    private static string FindRoot()
    {
        var start = AppContext.BaseDirectory;
        for (var folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "OpenWsk.slnx")))
                return folder;
        }
        throw new InvalidOperationException("the benchmarks run from the source tree only");
    }
}
