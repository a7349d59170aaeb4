// What drivers print with DbgPrint: passed on to standard output byte for byte, or kept for the JSON
// document. A character of a print is a byte of the driver's text where it fits in one, so a driver that
// prints what it received gives out what it received. It knows nothing about formats: the kernel has
// formatted the text.
using System.Text;
using OpenWsk.Ports;

namespace OpenWsk.Cli.Running;

/// <summary>Receives prints.</summary>
/// <param name="stream">Where they go as they come; null keeps them.</param>
internal sealed class DebugOutput(Stream? stream) : IEventSink
{
    // Kept text is bounded; a driver that prints without end must not fill our memory.
    private const int KeptCharsMax = 16 * 1024 * 1024;
    private readonly Lock _lock = new();
    private readonly StringBuilder _kept = new();

    /// <summary>What was kept, with the driver's bytes read as UTF-8.</summary>
    public string Kept
    {
        get
        {
            lock (_lock)
                return Encoding.UTF8.GetString(Bytes(_kept.ToString()));
        }
    }

    /// <summary>Whether the last print that was passed on did not end its line.</summary>
    public bool IsLineOpen { get; private set; }

    /// <inheritdoc/>
    public bool Wants(KernelEventKind kind) => kind == KernelEventKind.DebugPrint;

    public void OnEvent(in KernelEvent e)
    {
        if (e.Kind != KernelEventKind.DebugPrint || e.Text is not { Length: > 0 } text)
            return;
        lock (_lock)
        {
            if (stream is null)
                _kept.Append(text.AsSpan(0, Math.Min(text.Length, KeptCharsMax - _kept.Length)));
            else
                stream.Write(Bytes(text));
            stream?.Flush();
            IsLineOpen = stream is not null && text[^1] != '\n';
        }
    }

    /// <summary>The bytes of a print: Latin-1 where every character is a byte, otherwise UTF-8.</summary>
    internal static byte[] Bytes(string text) =>
        text.AsSpan().ContainsAnyExceptInRange('\0', '\xff')
            ? Encoding.UTF8.GetBytes(text)
            : Encoding.Latin1.GetBytes(text);
}
