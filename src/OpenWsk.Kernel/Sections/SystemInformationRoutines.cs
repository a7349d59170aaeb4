// ZwQuerySystemInformation: the classes that drivers ask for. Layouts are those that Windows has for x64.
// It knows nothing about drivers but what their DRIVER_OBJECTs say.
using System.Text;
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>System information routines of ntoskrnl.</summary>
public static class SystemInformationRoutines
{
    private const int Basic = 0;
    private const int TimeOfDay = 3;
    private const int Process = 5;
    private const int Module = 11;
    private const int KernelDebugger = 35;
    private const int CodeIntegrity = 103;
    private const uint ModuleBytes = 296;

    /// <summary>Tells about the system.</summary>
    /// <remarks>
    /// Errors: STATUS_INFO_LENGTH_MISMATCH, with the needed length stored; STATUS_INVALID_INFO_CLASS.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Partial, MaxIrql = Irql.Passive,
        Note = "basic, time-of-day, process, module, kernel-debugger and code-integrity information")]
    public static NTSTATUS ZwQuerySystemInformation(
        Executive executive, int SystemInformationClass, nuint SystemInformation,
        uint SystemInformationLength, GuestPtr<uint> ReturnLength)
    {
        var drivers = DriversOf(executive);
        var needed = SystemInformationClass switch
        {
            Basic => 64u,
            TimeOfDay => 48u,
            Process => 0x100u + 16,
            Module => 8 + (ModuleBytes * (uint)drivers.Count),
            KernelDebugger => 2u,
            CodeIntegrity => 8u,
            _ => 0u,
        };
        if (needed == 0)
            return NTSTATUS.STATUS_INVALID_INFO_CLASS;
        if (!ReturnLength.IsNull)
            ReturnLength.Value = needed;
        if (SystemInformationLength < needed)
            return NTSTATUS.STATUS_INFO_LENGTH_MISMATCH;
        GuestMemory.Span(SystemInformation, (int)needed).FillGuest((byte)0);
        Write(executive, SystemInformationClass, SystemInformation, drivers);
        return NTSTATUS.STATUS_SUCCESS;
    }

    private static void Write(
        Executive executive, int information, nuint target, List<GuestPtr<DRIVER_OBJECT>> drivers)
    {
        switch (information)
        {
            case Basic:
                WriteBasic(target, executive);
                break;
            case TimeOfDay:
                var now = executive.Clock.SystemTime100Ns;
                GuestMemory.Write(target, now - (executive.Clock.NowNs / 100));
                GuestMemory.Write(target + 8, now);
                break;
            case Process:
                WriteProcess(executive, target);
                break;
            case Module:
                GuestMemory.Write(target, (uint)drivers.Count);
                for (var i = 0; i < drivers.Count; i++)
                    WriteModule(target + 8 + (ModuleBytes * (nuint)i), drivers[i], i);
                break;
            case KernelDebugger:
                // No debugger is enabled, and none is there.
                GuestMemory.Write(target + 1, (byte)1);
                break;
            default:
                // Length and options: code integrity is enabled, with test signing.
                GuestMemory.Write(target, 8u);
                GuestMemory.Write(target + 4, 3u);
                break;
        }
    }

    private static void WriteBasic(nuint target, Executive executive)
    {
        const uint pages = 1 << 20;
        GuestMemory.Write(target + 0x04, 156250u);
        GuestMemory.Write(target + 0x08, 4096u);
        GuestMemory.Write(target + 0x0C, pages);
        GuestMemory.Write(target + 0x10, 1u);
        GuestMemory.Write(target + 0x14, pages);
        GuestMemory.Write(target + 0x18, 0x1_0000u);
        GuestMemory.Write(target + 0x20, 0x1_0000ul);
        GuestMemory.Write(target + 0x28, 0x7FFF_FFFE_FFFFul);
        GuestMemory.Write(target + 0x30, (ulong)executive.ActiveProcessors);
        GuestMemory.Write(target + 0x38, (byte)executive.ProcessorCount);
    }

    // One process, System, without its threads; its name follows.
    private static void WriteProcess(Executive executive, nuint target)
    {
        const string name = "System";
        GuestMemory.Write(target + 0x04, (uint)executive.GuestThreads.Count);
        GuestMemory.Write(target + 0x38, new UNICODE_STRING
        {
            Length = 2 * 6,
            MaximumLength = 2 * 7,
            Buffer = target + 0x100,
        });
        GuestMemory.Write(target + 0x50, (ulong)Executive.SystemProcessId);
        name.CopyToGuest(GuestMemory.Chars(target + 0x100, name.Length));
    }

    private static void WriteModule(nuint target, GuestPtr<DRIVER_OBJECT> driver, int index)
    {
        const string folder = @"\SystemRoot\System32\drivers\";
        var text = GuestMemory.Chars(driver.Value.DriverName.Buffer, driver.Value.DriverName.Length / 2);
        var path = folder + text[(text.LastIndexOf('\\') + 1)..].ToString() + ".sys";
        GuestMemory.Write(target + 0x10, driver.Value.DriverStart);
        GuestMemory.Write(target + 0x18, driver.Value.DriverSize);
        GuestMemory.Write(target + 0x20, (ushort)index);
        GuestMemory.Write(target + 0x22, (ushort)index);
        GuestMemory.Write(target + 0x24, (ushort)1);
        GuestMemory.Write(target + 0x26, (ushort)folder.Length);
        var bytes = Encoding.ASCII.GetBytes(path);
        bytes.AsSpan(0, Math.Min(bytes.Length, 255)).CopyToGuest(GuestMemory.Span(target + 0x28, 255));
    }

    private static List<GuestPtr<DRIVER_OBJECT>> DriversOf(Executive executive) =>
        [.. executive.Objects.Snapshot().Where(o => o.Value.Kind == ObjectKind.Driver)
            .Select(o => new GuestPtr<DRIVER_OBJECT>(o.Key))];
}
