// What faults are called in one line, and whose memory their addresses are. It knows nothing about what
// becomes of the guest; see NativeCode.Faults.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Loader;

public sealed unsafe partial class NativeCode
{
    // Below this no process of Windows has memory, above the second no processor of today has an address.
    private const ulong UserEnd = 0x8000_0000_0000;
    private const ulong NullEnd = 0x1_0000;

    private AddressKind KindOf(nuint address, ulong operation)
    {
        if (address >= UserEnd)
            return AddressKind.Kernel;
        // Null pointers, without asking the pool: nothing is ever mapped there, and drivers catch these.
        if (address < NullEnd)
            return AddressKind.User;
        if (ImageAt(address) is { } image)
            return Allows(image, address, operation) ? AddressKind.Kernel : AddressKind.Image;
        if (_machine.Arena.Contains(address))
            return AddressKind.Kernel;
        // Not the list of values, which would be made for each look.
        foreach (var (_, thread) in _blocks)
        {
            if (thread.IsOnStack(address))
                return AddressKind.Stack;
            if (thread.IsInGuard(address))
                return AddressKind.Kernel;
        }
        if (executive.Pool.Describe(address) is not { } block)
            return AddressKind.User;
        // Open memory that was fetched from: it faults because it is no code.
        if (operation == FaultJudge.Execute && block is { IsFreed: false, Place: PoolPlace.Inside })
            return AddressKind.Stack;
        return block.IsFreed ? AddressKind.FreedPool : AddressKind.PoolGuard;
    }

    private static bool Allows(MappedImage image, nuint address, ulong operation)
    {
        if (image.DiscardedAt(address) is not null)
            return true;
        var access = image.Image.SectionAt((uint)(address - image.Start))?.Access ?? SectionAccess.Read;
        return operation switch
        {
            0 => true,
            1 => (access & SectionAccess.Write) != 0,
            _ => (access & SectionAccess.Execute) != 0,
        };
    }

    private string Explain(
        ThreadBlock block, BugCheck check, CONTEXT* context, EXCEPTION_RECORD* record,
        HostFaultException? wild)
    {
        var place = NameAddress((nuint)context->Rip);
        if (wild is not null)
            place = $"{wild.Routine}, called from {place}";
        if (check.Code == (uint)BugCheckCode.KERNEL_SECURITY_CHECK_FAILURE)
            return $"{FailFastCodes.Describe(check.Parameter1)} (code {check.Parameter1}) at {place}";
        if (check.Code == (uint)BugCheckCode.UNEXPECTED_KERNEL_MODE_TRAP)
        {
            var what = block.IsInGuard(context->Rsp) || block.IsOnStack(context->Rsp)
                ? "the kernel stack overflowed"
                : $"the stack pointer is 0x{context->Rsp:x}, which is no stack";
            return $"{what} at {place}";
        }
        if (record->ExceptionCode != NTSTATUS.STATUS_ACCESS_VIOLATION)
            return $"{record->ExceptionCode.Name()} at {place}";
        var verb = FaultJudge.Verb(record->ExceptionInformation[0]);
        var address = DescribeAddress(record->ExceptionInformation[1]);
        var irql = block.Owner!.Irql >= Irql.Dispatch ? $" at {Irql.Name(block.Owner.Irql)}" : "";
        return $"{verb} {address}{irql} in {place}";
    }

    private string DescribeAddress(nuint address) =>
        address == nuint.MaxValue ? "an address that is none"
        : executive.Pool.Describe(address) is { } block ? $"0x{(ulong)address:x}, {block.Text(NameAddress)},"
        : NameWithSection(address);
}
