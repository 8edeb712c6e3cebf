namespace StellarPipeline.Archive.Transport;

/// <summary>Collects every option that is out of its bounds.</summary>
internal sealed class OptionsCheck
{
    private readonly List<string> problems = [];

    /// <summary>The shortest time-out that makes sense.</summary>
    public static TimeSpan ShortestTimeout => TimeSpan.FromMilliseconds(1);

    private static TimeSpan LongestTimeout => TimeSpan.FromDays(1);

    /// <summary>Notes a number that is out of bounds.</summary>
    public void Require(string name, long value, long smallest, long largest)
    {
        if (value < smallest || value > largest)
            problems.Add(FormattableString.Invariant($"{name} is {value:N0}; it must be {smallest:N0} to {largest:N0}"));
    }

    /// <summary>Notes a time that is out of bounds.</summary>
    public void Require(string name, TimeSpan value, TimeSpan smallest, TimeSpan? largest = null)
    {
        TimeSpan most = largest ?? LongestTimeout;
        if (value < smallest || value > most)
            problems.Add(FormattableString.Invariant($"{name} is {value:c}; it must be {smallest:c} to {most:c}"));
    }

    /// <summary>Notes a value that is wrong for another reason.</summary>
    public void Require(bool isRight, string problem)
    {
        if (!isRight)
            problems.Add(problem);
    }

    /// <summary>Refuses what was noted.</summary>
    /// <exception cref="ArchiveException">Something was noted.</exception>
    public void ThrowIfAny()
    {
        if (problems.Count > 0)
            ArchiveThrow.OptionsOutOfBounds(problems);
    }
}
