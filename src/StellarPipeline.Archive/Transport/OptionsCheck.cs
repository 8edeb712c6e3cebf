namespace StellarPipeline.Archive.Transport;

/// <summary>Collects all options that are out of range.</summary>
internal sealed class OptionsCheck
{
    private readonly List<string> problems = [];

    /// <summary>The shortest useful time-out.</summary>
    public static TimeSpan ShortestTimeout => TimeSpan.FromMilliseconds(1);

    private static TimeSpan LongestTimeout => TimeSpan.FromDays(1);

    /// <summary>Records a number that is out of range.</summary>
    public void Require(string name, long value, long smallest, long largest)
    {
        if (value < smallest || value > largest)
            problems.Add(FormattableString.Invariant($"{name} is {value:N0}; it must be {smallest:N0} to {largest:N0}"));
    }

    /// <summary>Records a duration that is out of range.</summary>
    public void Require(string name, TimeSpan value, TimeSpan smallest, TimeSpan? largest = null)
    {
        TimeSpan most = largest ?? LongestTimeout;
        if (value < smallest || value > most)
            problems.Add(FormattableString.Invariant($"{name} is {value:c}; it must be {smallest:c} to {most:c}"));
    }

    /// <summary>Records a value that is wrong for another reason.</summary>
    public void Require(bool isRight, string problem)
    {
        if (!isRight)
            problems.Add(problem);
    }

    /// <summary>Throws if any problem was recorded.</summary>
    /// <exception cref="ArchiveException">A problem was recorded.</exception>
    public void ThrowIfAny()
    {
        if (problems.Count > 0)
            ArchiveThrow.OptionsOutOfBounds(problems);
    }
}
