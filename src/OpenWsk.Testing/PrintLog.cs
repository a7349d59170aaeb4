// Everything that drivers print, in order.
// It knows nothing about formats: the kernel has formatted the text.
using System.Text;
using OpenWsk.Ports;

namespace OpenWsk.Testing;

/// <summary>Keeps prints.</summary>
internal sealed class PrintLog : IEventSink
{
    // A driver that prints without end must not fill our memory.
    private const int CharsMax = 16 * 1024 * 1024;
    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();

    public string Text
    {
        get
        {
            lock (_gate)
                return _text.ToString();
        }
    }

    /// <inheritdoc/>
    public bool Wants(KernelEventKind kind) => kind == KernelEventKind.DebugPrint;

    public void OnEvent(in KernelEvent e)
    {
        if (e.Kind != KernelEventKind.DebugPrint || e.Text is not { } text)
            return;
        lock (_gate)
            _text.Append(text.AsSpan(0, Math.Min(text.Length, CharsMax - _text.Length)));
    }
}
