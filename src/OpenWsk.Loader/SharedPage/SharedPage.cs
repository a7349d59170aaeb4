// KUSER_SHARED_DATA of one world: the page that inlined code reads at a fixed address of Windows for the
// time, the version and the processor. Addresses in code are rewritten to this page when an image is mapped
// (Patching/), others are trapped. Here is what the page says and when its clock is written; the layout is
// that of ntddk.h. It knows nothing about code. The memory is SharedPageMemory's. Next: SharedPageClock.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Loader;

/// <summary>The shared page of one world.</summary>
internal sealed class SharedPage : IDisposable
{
    /// <summary>Where Windows has it.</summary>
    public const ulong WindowsAddress = 0xFFFF_F780_0000_0000;

    public const int PageBytes = 0x1000;

    private const int InterruptTime = 0x8;
    private const int SystemTime = 0x14;
    private const int TickCount = 0x320;

    // 10 MHz and 1/64 s in units of 100 ns: what the time routines of the kernel answer.
    private const long CounterPerSecond = 10_000_000;
    private const long TimeIncrement100Ns = 156_250;
    private const long NsPer100Ns = 100;

    private static readonly int[] s_processorFeatures =
    [
        2 /* COMPARE_EXCHANGE_DOUBLE */, 3 /* MMX */, 6 /* XMMI */, 8 /* RDTSC */, 9 /* PAE */,
        10 /* XMMI64 */, 12 /* NX */, 13 /* SSE3 */, 14 /* COMPARE_EXCHANGE128 */, 23 /* FASTFAIL */,
    ];

    private readonly Lock _lock = new();
    private readonly IClock _clock;
    private readonly SharedPageMemory _memory = SharedPageMemory.Rent();
    private bool _isKeptInTime;
    private bool _isDisposed;

    public SharedPage(IClock clock, uint buildNumber, int processorCount)
    {
        _clock = clock;
        WriteConstants(buildNumber, processorCount);
        WriteTimes();
        if (clock is IVirtualClock steps)
            steps.Advanced += WriteTimes;
    }

    /// <summary>Where the guest reads the page.</summary>
    public nuint Address => _memory.Address;

    /// <summary>
    /// Lets the page follow a free-running clock from now on, because an image reads it. A virtual clock is
    /// followed from the beginning, step by step and without a thread.
    /// </summary>
    public void KeepTime()
    {
        lock (_lock)
        {
            if (_isDisposed || _isKeptInTime || _clock is IVirtualClock)
                return;
            WriteTimes();
            _isKeptInTime = true;
            SharedPageClock.Add(this);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            if (_isKeptInTime)
                SharedPageClock.Remove(this);
            if (_clock is IVirtualClock steps)
                steps.Advanced -= WriteTimes;
            _memory.Return();
        }
    }

    /// <summary>Writes what the clock says now.</summary>
    internal void WriteTimes()
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            var interruptTime = _clock.NowNs / NsPer100Ns;
            var ticks = interruptTime / TimeIncrement100Ns;
            WriteTime(InterruptTime, interruptTime);
            WriteTime(SystemTime, _clock.SystemTime100Ns);
            WriteTime(TickCount, ticks);
            _memory.Member<uint>(0) = (uint)ticks;
        }
    }

    // KSYSTEM_TIME: readers of 32 bits read High1, Low, High2 until both high parts are equal, so High2 is
    // written first; readers of 64 bits take Low and High1 at once, which lie in one cache line.
    private void WriteTime(int offset, long value)
    {
        Volatile.Write(ref _memory.Member<int>(offset + 8), (int)(value >> 32));
        Volatile.Write(ref _memory.Member<long>(offset), value);
    }

    private void WriteConstants(uint buildNumber, int processorCount)
    {
        for (var offset = 0; offset < PageBytes; offset += 8)
            _memory.Member<ulong>(offset) = 0;
        const uint Milliseconds24Bits = 0x0FA0_0000;
        const ushort MachineX64 = 0x8664;
        const ushort ArchitectureX64 = 9;
        _memory.Member<uint>(0x4) = Milliseconds24Bits;
        _memory.Member<ushort>(0x2C) = MachineX64;
        _memory.Member<ushort>(0x2E) = MachineX64;
        WriteText(0x30, "C:\\Windows");
        _memory.Member<uint>(0x244) = 2 << 20;
        _memory.Member<uint>(0x260) = buildNumber;
        _memory.Member<uint>(0x264) = 1;
        _memory.Member<byte>(0x268) = 1;
        _memory.Member<ushort>(0x26A) = ArchitectureX64;
        _memory.Member<uint>(0x26C) = 10;
        // Divergence from Windows: the same old processor in every world, so that no run depends on the
        // machine; nothing is claimed whose state an exception would not keep.
        foreach (var feature in s_processorFeatures)
            _memory.Member<byte>(0x274 + feature) = 1;
        _memory.Member<uint>(0x2E8) = 1 << 20;
        _memory.Member<long>(0x300) = CounterPerSecond;
        _memory.Member<uint>(0x3C0) = (uint)processorCount;
        _memory.Member<byte>(0x3C4) = 1;
    }

    private void WriteText(int offset, string text)
    {
        for (var i = 0; i < text.Length; i++)
            _memory.Member<char>(offset + 2 * i) = text[i];
    }
}
