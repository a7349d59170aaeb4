// The time as drivers read it by routines; all of it is the world's clock. It knows nothing about the shared
// page, which the loader keeps, nor about timers.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Time routines of ntoskrnl.</summary>
public static class TimeRoutines
{
    // 10 MHz, what Windows reports on current processors.
    private const long CounterPerSecond = 10_000_000;
    private const long NsPerTick = 1_000_000_000 / CounterPerSecond;

    // One clock interrupt in units of 100 ns: 1/64 s.
    private const uint TimeIncrement100Ns = 156_250;

    /// <summary>The system time. Units: 100 ns since 1601.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeQuerySystemTimePrecise(Executive executive, GuestPtr<long> CurrentTime) =>
        GuestMemory.Write(CurrentTime.Address, executive.Clock.SystemTime100Ns);

    /// <summary>The system time. Units: 100 ns since 1601.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeQuerySystemTime(Executive executive, GuestPtr<long> CurrentTime) =>
        GuestMemory.Write(CurrentTime.Address, executive.Clock.SystemTime100Ns);

    /// <summary>The performance counter; its frequency is stored when asked for.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static long KeQueryPerformanceCounter(Executive executive, GuestPtr<long> PerformanceFrequency)
    {
        if (!PerformanceFrequency.IsNull)
            GuestMemory.Write(PerformanceFrequency.Address, CounterPerSecond);
        return executive.Clock.NowNs / NsPerTick;
    }

    /// <summary>Time since the world began. Units: 100 ns.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static ulong KeQueryInterruptTime(
        Executive executive) => (ulong)(executive.Clock.NowNs / NsPerTick);

    /// <summary>Time since the world began, with the performance counter of the same moment.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static ulong KeQueryInterruptTimePrecise(Executive executive, GuestPtr<ulong> QpcTimeStamp)
    {
        var now = (ulong)(executive.Clock.NowNs / NsPerTick);
        GuestMemory.Write(QpcTimeStamp.Address, now);
        return now;
    }

    /// <summary>Time since the world began. Units: 100 ns.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static ulong KeQueryUnbiasedInterruptTime(Executive executive) => KeQueryInterruptTime(executive);

    /// <summary>Time between two clock interrupts. Units: 100 ns.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static uint KeQueryTimeIncrement(Executive executive) => TimeIncrement100Ns;

    /// <summary>Time since the world began, with the performance counter of the same moment.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static ulong KeQueryUnbiasedInterruptTimePrecise(
        Executive executive, GuestPtr<ulong> QpcTimeStamp) =>
        KeQueryInterruptTimePrecise(executive, QpcTimeStamp);

    /// <summary>Number of clock interrupts since the world began.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeQueryTickCount(Executive executive, GuestPtr<long> TickCount) =>
        GuestMemory.Write(
            TickCount.Address, (long)(KeQueryInterruptTime(executive) / TimeIncrement100Ns));

    /// <summary>Asks for another time between clock interrupts; returns what it is.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static uint ExSetTimerResolution(Executive executive, uint DesiredTime, byte SetResolution) =>
        TimeIncrement100Ns;

    /// <summary>The longest, the shortest and the present time between clock interrupts.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Apc)]
    public static void ExQueryTimerResolution(
        Executive executive,
        GuestPtr<uint> MaximumTime,
        GuestPtr<uint> MinimumTime,
        GuestPtr<uint> CurrentTime)
    {
        MaximumTime.Value = TimeIncrement100Ns;
        MinimumTime.Value = TimeIncrement100Ns;
        CurrentTime.Value = TimeIncrement100Ns;
    }

    /// <summary>Keeps the caller for some microseconds, at any IRQL.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Blocking)]
    public static void KeStallExecutionProcessor(Executive executive, uint MicroSeconds)
    {
        var deadlineNs = executive.Clock.NowNs + (MicroSeconds * 1000L);
        while (executive.Clock.NowNs < deadlineNs)
        {
            executive.ThrowIfStopped();
            executive.CurrentThread.Parker.Park(deadlineNs);
        }
    }
}
