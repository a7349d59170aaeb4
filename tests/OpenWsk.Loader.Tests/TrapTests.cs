// Privileged instructions and the shared page where nothing could be patched: in code that a driver has made
// in executable pool. Each traps and has its effect, and no other. The driver is Drivers/faults.c, which
// jumps there; what is patched in images is in PatchingTests.cs.
namespace OpenWsk.Loader.Tests;

public sealed class TrapTests : IDisposable
{
    private const uint Tag = 0x6B736954; // 'Tisk'
    private const int DataAt = 0x80;
    private readonly LoaderWorld _world = new();

    public void Dispose() => _world.Dispose();

    // mov r10d, 2; mov cr8, r10; mov r9, cr8; mov [rax], r9; xor r10d, r10d; mov cr8, r10;
    // mov rcx, cr8; mov [rax+8], rcx; ret
    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void The_irql_is_moved_between_cr8_and_any_register()
    {
        var data = Run(
        [
            0x41, 0xBA, 2, 0, 0, 0, 0x45, 0x0F, 0x22, 0xC2, 0x45, 0x0F, 0x20, 0xC1, 0x4C, 0x89, 0x08, 0x45,
            0x31, 0xD2, 0x45, 0x0F, 0x22, 0xC2, 0x44, 0x0F, 0x20, 0xC1, 0x48, 0x89, 0x48, 8, 0xC3,
        ]);
        Assert.Equal(2ul, GuestMemory.Read<ulong>(data));
        Assert.Equal(0ul, GuestMemory.Read<ulong>(data + 8));
        Assert.Equal(Irql.Passive, _world.Executive.CurrentThread.Irql);
    }

    // cli; inc byte ptr [rax]; sti; inc byte ptr [rax]; ret
    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void Behind_cli_and_sti_the_next_instruction_runs() =>
        Assert.Equal(2, GuestMemory.Read<byte>(Run([0xFA, 0xFE, 0x00, 0xFB, 0xFE, 0x00, 0xC3])));

    // mov rcx, rax; mov eax, [0FFFFF7800000026Ch]; mov [rcx], eax; ret
    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void The_shared_page_is_read_where_no_register_points_to_it()
    {
        var data = Run(
            [0x48, 0x89, 0xC1, 0xA1, 0x6C, 2, 0, 0, 0x80, 0xF7, 0xFF, 0xFF, 0x89, 0x01, 0xC3]);
        Assert.Equal(10u, GuestMemory.Read<uint>(data));
    }

    [CapabilityFact(Capability.Clang, Capability.Lld, Capability.Llvm)]
    public void A_write_to_the_shared_page_is_a_fault_at_its_address()
    {
        const ulong tickCount = 0xFFFF_F780_0000_0320;
        const ulong written = 2;
        var driver = _world.Start("faults");
        Assert.Throws<GuestStoppedException>(
            () => _world.Call(driver, 0, (ulong)Fault.WriteAt, tickCount));
        var check = _world.Executive.LastBugCheck!;
        Assert.Equal(BugCheckCode.PAGE_FAULT_IN_NONPAGED_AREA, (BugCheckCode)check.Code);
        Assert.Equal((tickCount, written), (check.Parameter1, check.Parameter2));
    }

    // Runs code that finds the address of zeroed memory in rax; returns that address.
    private nuint Run(byte[] code)
    {
        var driver = _world.Start("faults");
        var block = PoolRoutines.ExAllocatePool2(
            _world.Executive, WdmConstants.POOL_FLAG_NON_PAGED_EXECUTE, 2 * DataAt, Tag);
        var data = block + DataAt;
        byte[] loadData = [0x48, 0xB8, .. BitConverter.GetBytes((ulong)data)];
        byte[] all = [.. loadData, .. code];
        Assert.InRange(all.Length, 0, DataAt);
        all.CopyTo(GuestMemory.Span(block, DataAt));
        Assert.Equal(1ul, _world.Call(driver, 0, (ulong)Fault.JumpTo, block));
        return data;
    }
}
