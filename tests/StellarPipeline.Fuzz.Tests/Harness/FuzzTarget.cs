namespace StellarPipeline.Fuzz.Tests.Harness;

/// <summary>One thing that reads bytes from outside.</summary>
internal abstract class FuzzTarget
{
    public abstract string Name { get; }

    /// <summary>How many of 100 cases of a long run are this target's.</summary>
    public abstract int Share { get; }

    /// <summary>
    /// True where the target is a reader of XDR itself, whose refusal is an XdrFormatException; all others refuse with a PipelineException.
    /// </summary>
    public virtual bool RefusesAsXdr => false;

    /// <summary>Seconds that a case may take: a thousand times and more what any takes.</summary>
    public virtual int MaxSeconds => 30;

    /// <summary>Makes the input of a case: one or more byte sequences.</summary>
    public abstract byte[][] Make(FuzzRandom random);

    /// <summary>Most bytes that may be allocated for an input, what its refusal takes included.</summary>
    public abstract long MaxAllocatedBytes(byte[][] input);

    /// <summary>Reads the input.</summary>
    /// <returns>A name for what came out, for the statistics.</returns>
    public abstract string Run(byte[][] input, FuzzRandom random);
}
