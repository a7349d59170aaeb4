// What goes over the wire of a network namespace: every frame, taken by a packet socket that is open before
// the first is sent, and read by tshark, which knows nothing of us. Linux and root.
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace OpenWsk.Tests.Wire;

/// <summary>Takes the frames of the calling thread's network until it is read.</summary>
internal sealed class Capture : IDisposable
{
    // AF_PACKET as .NET numbers it, and ETH_P_ALL in network order.
    private const AddressFamily Packet = (AddressFamily)65536;
    private const short EveryProtocol = 3;

    // Room for whatever a test sends before it looks.
    private const int BufferBytes = 8 << 20;

    private readonly Socket _socket;
    private readonly List<byte[]> _frames = [];

    public Capture()
    {
        _socket = new Socket(
            Packet, SocketType.Raw, (ProtocolType)(ushort)IPAddress.HostToNetworkOrder(EveryProtocol));
        _socket.ReceiveBufferSize = BufferBytes;
        _socket.Blocking = false;
    }

    /// <summary>
    /// The values that tshark finds in each packet that a display filter selects; the first value where a
    /// field has several, empty where it has none.
    /// </summary>
    public IReadOnlyList<string[]> Read(string filter, params string[] fields)
    {
        var path = Path.GetTempFileName();
        try
        {
            Write(path);
            string[] arguments =
            [
                "-r", path, "-Y", filter, "-T", "fields", "-E", "separator=;", "-E", "occurrence=f",
                .. fields.SelectMany(field => new[] { "-e", field }),
            ];
            using var tshark = Process.Start(new ProcessStartInfo("tshark", arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var error = tshark.StandardError.ReadToEndAsync();
            var output = tshark.StandardOutput.ReadToEnd();
            tshark.WaitForExit();
            Assert.True(tshark.ExitCode == 0, error.Result);
            var rows = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return [.. rows.Select(row => row.Split(';'))];
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>A number as tshark prints it, decimal or with 0x.</summary>
    public static int Number(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? int.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : int.Parse(text, CultureInfo.InvariantCulture);

    public void Dispose() => _socket.Dispose();

    // The classic capture file: a header of 24 bytes, then each frame behind one of 16.
    private void Write(string path)
    {
        using var file = File.Create(path);
        Span<byte> header = stackalloc byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0xA1B2C3D4);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], ushort.MaxValue);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], 1);
        file.Write(header);
        Span<byte> record = stackalloc byte[16];
        TakeFrames();
        foreach (var frame in _frames)
        {
            BinaryPrimitives.WriteInt32LittleEndian(record[8..], frame.Length);
            BinaryPrimitives.WriteInt32LittleEndian(record[12..], frame.Length);
            file.Write(record);
            file.Write(frame);
        }
    }

    private void TakeFrames()
    {
        var frame = new byte[ushort.MaxValue];
        while (_socket.Poll(0, SelectMode.SelectRead))
            _frames.Add(frame[.._socket.Receive(frame)]);
    }
}
