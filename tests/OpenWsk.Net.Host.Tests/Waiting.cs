// How these tests wait: for an event, with a guard against hanging that fails loudly and is far beyond any
// time that a working system takes. Nothing here measures time.
namespace OpenWsk.Net.Host.Tests;

/// <summary>Waits with a hang guard.</summary>
internal static class Waiting
{
    public static readonly TimeSpan HangGuard = TimeSpan.FromMinutes(2);

    /// <summary>Waits for the event; fails the test when it does not come.</summary>
    public static void For(WaitHandle occurred, string what) =>
        Assert.True(occurred.WaitOne(HangGuard), $"Never happened: {what}.");

    /// <summary>Waits for the task; fails the test when it does not end.</summary>
    public static T For<T>(Task<T> task, string what)
    {
        Assert.True(((IAsyncResult)task).AsyncWaitHandle.WaitOne(HangGuard), $"Never happened: {what}.");
        return task.GetAwaiter().GetResult();
    }
}
