// Calendar times and identifiers: conversions that drivers use for logs and sessions. Local time is that of
// the world's time zone. It knows nothing about clocks: see TimeRoutines.cs.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

/// <summary>Calendar and identifier routines of ntoskrnl.</summary>
public static class CalendarRoutines
{
    private const long PerMillisecond = 10_000;
    private const long PerDay = 24L * 60 * 60 * 1000 * PerMillisecond;

    // Days of 400 Gregorian years, and 1601-01-01 was a Monday.
    private const int DaysPer400Years = 146_097;
    private const int FirstYear = 1601;

    // 369 years with 89 leap days, and 379 with 91.
    private const long PerSecond = 1000 * PerMillisecond;
    private const long SecondsTo1970 = ((369L * 365) + 89) * 86_400;
    private const long SecondsTo1980 = ((379L * 365) + 91) * 86_400;

    /// <summary>The local time of a system time. Units: 100 ns since 1601.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local,
        Note = "the world's time zone, which is UTC unless the host program sets another")]
    public static void ExSystemTimeToLocalTime(
        Executive executive, GuestPtr<long> SystemTime, GuestPtr<long> LocalTime) =>
        GuestMemory.Write(
            LocalTime.Address, GuestMemory.Read<long>(SystemTime.Address) - executive.TimeZoneBias100Ns);

    /// <summary>The system time of a local time. Units: 100 ns since 1601.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void ExLocalTimeToSystemTime(
        Executive executive, GuestPtr<long> LocalTime, GuestPtr<long> SystemTime) =>
        GuestMemory.Write(
            SystemTime.Address, GuestMemory.Read<long>(LocalTime.Address) + executive.TimeZoneBias100Ns);

    /// <summary>The time of a calendar time; FALSE when there is no such time.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static byte RtlTimeFieldsToTime(
        Executive executive, GuestPtr<TIME_FIELDS> TimeFields, GuestPtr<long> Time)
    {
        var t = TimeFields.Value;
        if (t.Year < FirstYear || t.Month is < 1 or > 12 || t.Day < 1
            || t.Day > LengthOf(t.Month, IsLeap(t.Year))
            || t.Hour is < 0 or > 23 || t.Minute is < 0 or > 59 || t.Second is < 0 or > 59
            || t.Milliseconds is < 0 or > 999)
            return 0;
        long days = t.Day - 1;
        for (var month = 1; month < t.Month; month++)
            days += LengthOf(month, IsLeap(t.Year));
        var years = t.Year - FirstYear;
        days += (years * 365L) + (years / 4) - (years / 100) + (years / 400);
        var milliseconds = (((((t.Hour * 60L) + t.Minute) * 60) + t.Second) * 1000) + t.Milliseconds;
        GuestMemory.Write(Time.Address, (days * PerDay) + (milliseconds * PerMillisecond));
        return 1;
    }

    /// <summary>Days and the time of day of an interval.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlTimeToElapsedTimeFields(
        Executive executive, GuestPtr<long> Time, GuestPtr<TIME_FIELDS> TimeFields)
    {
        var time = GuestMemory.Read<long>(Time.Address);
        var milliseconds = (int)(time % PerDay / PerMillisecond);
        TimeFields.Value = new TIME_FIELDS
        {
            Day = (short)(time / PerDay),
            Hour = (short)(milliseconds / 3_600_000),
            Minute = (short)(milliseconds / 60_000 % 60),
            Second = (short)(milliseconds / 1000 % 60),
            Milliseconds = (short)(milliseconds % 1000),
        };
    }

    /// <summary>Seconds since 1970; FALSE when they do not fit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static byte RtlTimeToSecondsSince1970(
        Executive executive, GuestPtr<long> Time, GuestPtr<uint> ElapsedSeconds) =>
        PutSeconds(Time, SecondsTo1970, ElapsedSeconds);

    /// <summary>Seconds since 1980; FALSE when they do not fit.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static byte RtlTimeToSecondsSince1980(
        Executive executive, GuestPtr<long> Time, GuestPtr<uint> ElapsedSeconds) =>
        PutSeconds(Time, SecondsTo1980, ElapsedSeconds);

    /// <summary>The time that is so many seconds after 1970.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlSecondsSince1970ToTime(
        Executive executive, uint ElapsedSeconds, GuestPtr<long> Time) =>
        GuestMemory.Write(Time.Address, (SecondsTo1970 + ElapsedSeconds) * PerSecond);

    /// <summary>The time that is so many seconds after 1980.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlSecondsSince1980ToTime(
        Executive executive, uint ElapsedSeconds, GuestPtr<long> Time) =>
        GuestMemory.Write(Time.Address, (SecondsTo1980 + ElapsedSeconds) * PerSecond);

    /// <summary>The calendar time of a time in units of 100 ns since 1601.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static void RtlTimeToTimeFields(
        Executive executive, GuestPtr<long> Time, GuestPtr<TIME_FIELDS> TimeFields)
    {
        var time = GuestMemory.Read<long>(Time.Address);
        var days = (int)(time / PerDay);
        var milliseconds = (int)(time % PerDay / PerMillisecond);
        var (year, month, day) = DateOf(days);
        TimeFields.Value = new TIME_FIELDS
        {
            Year = (short)year,
            Month = (short)month,
            Day = (short)day,
            Hour = (short)(milliseconds / 3_600_000),
            Minute = (short)(milliseconds / 60_000 % 60),
            Second = (short)(milliseconds / 1000 % 60),
            Milliseconds = (short)(milliseconds % 1000),
            // 0 is Sunday.
            Weekday = (short)((days + 1) % 7),
        };
    }

    /// <summary>A new identifier.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, MaxIrql = Irql.Passive)]
    public static NTSTATUS ExUuidCreate(Executive executive, GuestPtr<Guid> Uuid)
    {
        Span<byte> bytes = stackalloc byte[16];
        executive.Entropy.Fill(bytes);
        // Version 4, variant 1 (RFC 9562 5.4); the third word is little-endian in memory.
        bytes[7] = (byte)((bytes[7] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        bytes.CopyToGuest(GuestMemory.Span(Uuid.Address, 16));
        return NTSTATUS.STATUS_SUCCESS;
    }

    // Counts whole 400-, 100-, 4- and 1-year spans; the last day of a span's last year is in no further span.
    private static (int Year, int Month, int Day) DateOf(int days)
    {
        var year = FirstYear + (days / DaysPer400Years * 400);
        days %= DaysPer400Years;
        var centuries = Math.Min(days / 36_524, 3);
        days -= centuries * 36_524;
        year += (centuries * 100) + (days / 1461 * 4);
        days %= 1461;
        var years = Math.Min(days / 365, 3);
        days -= years * 365;
        year += years;
        var isLeap = IsLeap(year);
        var month = 1;
        for (var length = LengthOf(month, isLeap); days >= length; length = LengthOf(month, isLeap))
        {
            days -= length;
            month++;
        }
        return (year, month, days + 1);
    }

    private static byte PutSeconds(GuestPtr<long> time, long begin, GuestPtr<uint> seconds)
    {
        var elapsed = (GuestMemory.Read<long>(time.Address) / PerSecond) - begin;
        if (elapsed is < 0 or > uint.MaxValue)
            return 0;
        seconds.Value = (uint)elapsed;
        return 1;
    }

    private static bool IsLeap(int year) => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    private static int LengthOf(int month, bool isLeap) => month switch
    {
        2 => isLeap ? 29 : 28,
        4 or 6 or 9 or 11 => 30,
        _ => 31,
    };
}
