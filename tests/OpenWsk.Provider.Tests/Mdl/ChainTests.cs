// WSK_BUF over MDL chains: which bytes are sent, which are written, and what a wrong one gives. Rules
// MDL-01..11, 18, 19, OPEN-36. MDLs of indications: Recv/ReceiveEventTests.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.TestSupport;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider.Tests;

public sealed class ChainTests
{
    [ArmTheory]
    [Rule("MDL-01")]
    [Rule("MDL-02")]
    [Rule("MDL-05")]
    [Rule("MDL-10")]
    [Rule("MDL-19")]
    [Rule("MDL-03", Twin.Obeyed)]
    [Rule("MDL-07", Twin.Obeyed)]
    [InlineData(0, 12, "abcdefghijkl")]
    [InlineData(2, 10, "cdefghijkl")]
    [InlineData(2, 4, "cdef")]
    [InlineData(0, 3, "abc")]
    [InlineData(2, 6, "cdefgh")]
    [InlineData(1, 1, "b")]
    public void MDL_02_a_send_takes_the_window_of_the_chain(
        Arm arm, int offset, int length, string expected) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, offset, 3, 5, 4);
            buffer.Write("abcdefghijkl"u8);
            buffer.Buf.Value.Length = (nuint)length;
            using var irp = pair.Client.Irp();
            pair.Send(buffer, irp);

            Assert.Equal((STATUS_SUCCESS, (nuint)length), (irp.Wait(), irp.Information));
            Assert.Equal(expected, Text(pair.Peer.Receive(length)));
            Assert.Equal("abcdefghijkl", Text(buffer.Contents));
            pair.Client.Send(pair.Socket, "!"u8);
            Assert.Equal("!", Text(pair.Peer.Receive(1)));
            Assert.Empty(world.Breaches);
        });

    [ArmTheory]
    [Rule("MDL-01")]
    [Rule("MDL-02")]
    [Rule("MDL-05")]
    [Rule("MDL-10")]
    [Rule("MDL-18")]
    [Rule("MDL-19")]
    [InlineData(0, 12, "abcdefghijkl")]
    [InlineData(2, 10, "..abcdefghij")]
    [InlineData(2, 4, "..abcd......")]
    [InlineData(2, 6, "..abcdef....")]
    public void MDL_10_a_receive_writes_the_window_and_nothing_else(
        Arm arm, int offset, int length, string expected) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, offset, 3, 5, 4);
            buffer.Write("............"u8);
            buffer.Buf.Value.Length = (nuint)length;
            using var irp = pair.Client.Irp();
            pair.Receive(buffer, irp, WSK_FLAG_WAITALL);
            pair.Peer.Send("abcdefghijklmnop"u8);

            Assert.Equal((STATUS_SUCCESS, (nuint)length), (irp.Wait(), irp.Information));
            Assert.Equal(expected, Text(buffer.Contents));
            Assert.Equal("abcdefghijklmnop"[length..], pair.ReceiveText(16 - length, WSK_FLAG_WAITALL));
        });

    [ArmTheory]
    [Rule("MDL-18")]
    [Rule("MDL-19")]
    public void MDL_18_bytes_behind_what_arrived_stay_as_they_were(Arm arm) => ContractWorld.Run(arm, world =>
    {
        using var pair = new TestPair(world);
        using var buffer = new TestBuffer(world.Executive, 1, 2, 6);
        buffer.Write("........"u8);
        using var irp = pair.Client.Irp();
        pair.Receive(buffer, irp);
        pair.Peer.Send("abc"u8);

        Assert.Equal((STATUS_SUCCESS, (nuint)3), (irp.Wait(), irp.Information));
        Assert.Equal(".abc....", Text(buffer.Contents));
    });

    [ArmTheory]
    [Rule("MDL-03", Twin.Violated)]
    [Rule("MDL-07", Twin.Violated)]
    [Rule("OPEN-36")]
    [Rule("OBS-16")]
    [InlineData(0, 13, "MDL-07", true)]
    [InlineData(2, 11, "MDL-07", true)]
    [InlineData(3, 1, "MDL-03", true)]
    [InlineData(4, 1, "MDL-03", true)]
    [InlineData(0, 13, "MDL-07", false)]
    [InlineData(4, 8, "MDL-03", false)]
    public void MDL_07_a_window_that_the_chain_does_not_hold_is_refused_and_reported(
        Arm arm, int offset, int length, string rule, bool isSend) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            using var buffer = new TestBuffer(world.Executive, 0, 3, 5, 4);
            buffer.Write("............"u8);
            (buffer.Buf.Value.Offset, buffer.Buf.Value.Length) = ((uint)offset, (nuint)length);

            Assert.Equal(STATUS_INVALID_PARAMETER, pair.Client.Run(irp =>
                isSend ? pair.Send(buffer, irp) : pair.Receive(buffer, irp)));
            Assert.Equal([rule], world.Breaches);
            // Nothing was sent, nothing will be written.
            pair.Client.Send(pair.Socket, "!"u8);
            Assert.Equal("!", Text(pair.Peer.Receive(1)));
            pair.Peer.Send("?"u8);
            Assert.Equal("?", pair.ReceiveText(1));
            Assert.Equal("............", Text(buffer.Contents));
        });

    [ArmTheory]
    [Rule("MDL-09")]
    [Rule("MDL-11")]
    public void MDL_11_the_chain_outlives_the_irp_and_is_free_after_it(Arm arm) =>
        ContractWorld.Run(arm, world =>
        {
            using var pair = new TestPair(world);
            var buffer = new TestBuffer(world.Executive, 0, 4, 4);
            buffer.Write("abcdefgh"u8);
            var mdl = buffer.Buf.Value.Mdl;
            using (var irp = pair.Client.Irp())
            {
                pair.Send(buffer, irp);
                Assert.Equal(STATUS_SUCCESS, irp.Wait());
            }
            // The IRP is freed. The MDLs are as they were, and freeing them is the client's.
            Assert.Equal((4u, 4u), (mdl.Value.ByteCount, mdl.Value.Next.Value.ByteCount));
            Assert.Equal("abcdefgh", Text(buffer.Contents));
            buffer.Dispose();
            Assert.Equal("abcdefgh", Text(pair.Peer.Receive(8)));
            pair.Client.Run(irp => pair.Close(irp));
            Assert.Empty(world.Breaches);
        });

    private static string Text(byte[] bytes) => System.Text.Encoding.ASCII.GetString(bytes);
}
