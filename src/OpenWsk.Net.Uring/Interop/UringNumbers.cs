// The numbers of io_uring that this project uses, from linux/io_uring.h of Linux 6.18. They say nothing about
// which of them a kernel knows: UringFeatures.cs asks.
namespace OpenWsk.Net.Uring.Interop;

/// <summary>Numbers of linux/io_uring.h.</summary>
internal static class UringNumbers
{
    public const uint SetupCqSize = 1 << 3;
    public const uint SetupClamp = 1 << 4;
    public const uint SetupDisabled = 1 << 6;
    public const uint SetupSubmitAll = 1 << 7;
    public const uint SetupTaskRunFlag = 1 << 9;
    public const uint SetupSingleIssuer = 1 << 12;
    public const uint SetupDeferTaskRun = 1 << 13;
    public const uint SetupNoSqArray = 1 << 16;

    public const uint FeatureSingleMmap = 1 << 0;
    public const uint FeatureNoDrop = 1 << 1;
    public const uint FeatureExtArg = 1 << 8;

    public const ulong OffsetRings = 0;
    public const ulong OffsetSqes = 0x10000000;

    public const uint SqCqOverflow = 1 << 1;
    public const uint SqTaskRun = 1 << 2;

    public const uint EnterGetEvents = 1 << 0;
    public const uint EnterExtArg = 1 << 3;
    public const uint EnterRegisteredRing = 1 << 4;

    public const uint RegisterProbe = 8;
    public const uint RegisterEnableRings = 12;
    public const uint RegisterRingFds = 20;
    public const uint RegisterPbufRing = 22;

    public const ushort PbufRingIncremental = 2;

    public const uint CqeBuffer = 1 << 0;
    public const uint CqeMore = 1 << 1;
    public const uint CqeNotification = 1 << 3;
    public const uint CqeBufferMore = 1 << 4;
    public const int CqeBufferShift = 16;

    public const byte SqeLink = 1 << 2;
    public const byte SqeBufferSelect = 1 << 5;
    public const byte SqeSkipSuccess = 1 << 6;

    public const ushort RecvMultishot = 1 << 1;
    public const ushort AcceptMultishot = 1 << 0;
    public const uint PollMultishot = 1 << 0;
    public const uint CancelAll = 1 << 0;
    public const uint CancelAny = 1 << 2;

    public const int SupportedOperation = 1;
}
